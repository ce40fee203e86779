"""A git repository's history, read without running anything the repository names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scorpius_lab.analytics.compliance.host import CommandResult
from scorpius_lab.analytics.compliance.view import HostView

MOST_COMMITS = 500
# A repository's own configuration can name programs for hooks, diffs, signatures and the file monitor; and a partial
# clone would fetch. None of that may happen while looking.
_HARMLESS = ("-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c",
             "protocol.allow=never", "-c", "core.bigFileThreshold=512k", "-c", "core.quotePath=false")  # fmt: skip
_COMMIT = re.compile(r"^commit ([0-9a-f]{40,64})$", re.MULTILINE)
_AUTHOR = re.compile(r"^author .*?<([^>]*)> -?\d+ [+-]\d{4}$", re.MULTILINE)
_HUNK = re.compile(r"^@@ -\S+ \+(\d+)")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit's id, its author's address, and whether it carries a signature."""

    id: str
    author: str
    signed: bool


def read_history(view: HostView) -> tuple[Commit, ...]:
    """The newest commits of HEAD; none if there are none or git is missing."""
    result = _git(
        view, ["log", "--pretty=raw", "--no-show-signature", "--no-notes", f"--max-count={MOST_COMMITS}"], 5.0
    )
    if result is None or result.code != 0:
        return ()
    pieces = _COMMIT.split(result.stdout)[1:]
    return tuple(_commit(pieces[i], pieces[i + 1]) for i in range(0, len(pieces), 2))


def changes(view: HostView, seconds: float) -> CommandResult | None:
    """What the newest commits of all branches added, as patches without context; partial if time runs out."""
    argv = ["log", "--all", "--patch", "--unified=0", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames",
            "--no-show-signature", "--format=commit %H", f"--max-count={MOST_COMMITS}"]  # fmt: skip
    return _git(view, argv, seconds)


def added_lines(patches: str) -> Iterator[tuple[str, str, int, str]]:
    """Commit, path, line number and text of every added line."""
    commit = path = ""
    number = 0
    for line in patches.splitlines():
        if line.startswith("+++ "):
            path = line[4:].removeprefix("b/").rstrip("\t")
        elif line.startswith("+"):
            yield commit, path, number, line[1:]
            number += 1
        elif line.startswith("@@ "):
            found = _HUNK.match(line)
            number = int(found.group(1)) if found else 0
        elif line.startswith("commit "):
            commit = line[7:].strip()


def text_at_head(view: HostView, path: str) -> str | None:
    """A file as HEAD has it, None if HEAD has no such file. It is only searched, so it becomes no evidence."""
    argv = ["git", "-C", view.environment["repository"], *_HARMLESS, "cat-file", "blob", f"HEAD:{path}"]
    result = view.run_unrecorded(argv, 2.0)
    return None if result is None or result.code != 0 else result.stdout


def _git(view: HostView, arguments: list[str], seconds: float) -> CommandResult | None:
    repository = view.environment["repository"]
    return view.run(["git", "-C", repository, *_HARMLESS, *arguments], seconds, partial=True)


def _commit(name: str, body: str) -> Commit:
    header = body.split("\n\n", 1)[0]
    author = _AUTHOR.search(header)
    signed = "\ngpgsig " in header or "\ngpgsig-sha256 " in header
    return Commit(name, author.group(1) if author else "", signed)
