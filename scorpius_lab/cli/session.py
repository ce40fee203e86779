"""What every command shares: which lab, JSON or tables, and how errors become one line and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer

from scorpius_lab.errors import ScorpiusError

if TYPE_CHECKING:
    from scorpius_lab.lab import Lab

P = ParamSpec("P")
R = TypeVar("R")

STOPPED = 130
PIPE_CLOSED = 141


@dataclass(frozen=True)
class Session:
    """The global options of one invocation."""

    lab: Path | None = None
    as_json: bool = False
    debug: bool = False


_session = Session()


def begin(lab: Path | None, as_json: bool, debug: bool) -> None:
    """Take over the options given before the verb."""
    global _session  # noqa: PLW0603 (one invocation has one)
    _session = Session(lab, as_json, debug)


def session() -> Session:
    """The options of this invocation."""
    return _session


def _take_lab(value: Path | None) -> Path | None:
    global _session  # noqa: PLW0603
    if value is not None:
        _session = replace(_session, lab=value)
    return value


def _take_json(value: bool) -> bool:
    global _session  # noqa: PLW0603
    _session = replace(_session, as_json=_session.as_json or value)
    return value


LabOption = Annotated[
    Path | None, typer.Option("--lab", metavar="PATH", help="The lab folder.", callback=_take_lab, show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output.", callback=_take_json)]


class FailOn(StrEnum):
    """The least severity that makes the exit code 1."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    NEVER = "never"

    def reached_by(self, severity: str) -> bool:
        """True if a finding of this severity counts."""
        order = [str(level) for level in FailOn]
        return self is not FailOn.NEVER and order.index(severity) <= order.index(self)


FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="Exit 1 if something is at least this severe.")]


def find_lab() -> Path:
    """The lab folder: as given, else `./lab` or the lab this folder lies in, searching upwards as git does."""
    if _session.lab is not None:
        return _session.lab
    here = Path.cwd()
    for folder in (here, *here.parents):
        for candidate in (folder / "lab", folder):
            if (candidate / "scorpius.yaml").is_file():
                return candidate
    return Path("lab")


def the_lab() -> Lab:
    """The lab, opened. Raises StoreMissing if there is none."""
    from scorpius_lab.lab import open_lab

    def waiting(_done: int, _total: int | None, text: str) -> None:
        say(text)

    return open_lab(find_lab(), notify=waiting)


def say(text: str) -> None:
    """Tell the user something on standard error."""
    print(shown(text), file=sys.stderr, flush=True)  # noqa: T201


def shown(text: str) -> str:
    """The text without control characters: what a log line holds must not move the terminal's cursor."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text.replace("\t", " "))


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong and end with this exit code."""
    for line in text.splitlines() or [text]:
        say(f"error: {line}")
    raise typer.Exit(code)


def end(code: int) -> None:
    """End with this exit code, unless it is 0."""
    if code:
        raise typer.Exit(code)


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what a command raises into one line on standard error and its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = command(*args, **kwargs)
            sys.stdout.flush()
        except ScorpiusError as error:
            _keep_traceback(error)
            fail(str(error), error.exit_code)
        except KeyboardInterrupt:
            say("stopped; what was finished is kept")
            raise typer.Exit(STOPPED) from None
        except BrokenPipeError:
            _forget_stdout()
            raise typer.Exit(PIPE_CLOSED) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:  # noqa: BLE001 (the last stop: a person gets a line, not a traceback)
            kept = _keep_traceback(error) or "repeat with `scorpius --debug …` to keep the traceback"
            fail(f"unexpected {type(error).__name__}: {error}; {kept}", 1)
        return result

    return run


def verb(group: typer.Typer, name: str, **settings: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a guarded command."""

    def register(command: Callable[P, R]) -> Callable[P, R]:
        return group.command(name, **settings)(guarded(command))

    return register


def _keep_traceback(error: BaseException) -> str:
    """Write the traceback to a file if asked to, and say where."""
    if not (_session.debug or os.environ.get("SCORPIUS_DEBUG")):
        return ""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="scorpius-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    say(f"traceback written to {file.name}")
    return f"traceback in {file.name}"


def _forget_stdout() -> None:
    """Nobody reads on; keep Python from complaining when it flushes at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
