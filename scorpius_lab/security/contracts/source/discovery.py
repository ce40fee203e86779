"""Which files there are to scan: those given, and the Solidity files under the folders given.

Folders are walked one at a time, so memory does not grow with the number of files. Below a folder that is given,
- symbolic links are not followed: what they lead to is found where it lies, if it lies in the folder;
- hidden files and folders, `node_modules`, and the dependencies and build output of projects are left out;
- tests, scripts and mocks are left out of projects of a build tool, and `*.t.sol` and `*.s.sol` of every project. What
  a published npm package holds in such folders is scanned: it was published for use.

Whatever is given itself is scanned, wherever it lies: a package in `node_modules`, a test folder, a file of any name.
"""

from __future__ import annotations

import errno
import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.errors import UsageError
from scorpius_lab.security.contracts.source.documents import is_folder
from scorpius_lab.security.contracts.source.project import MARKERS, Project, enclosing_projects, read_project

SUFFIXES = (".sol", ".vy", ".yul")  # the latter two to be reported as not supported
TEST_SUFFIXES = (".t.sol", ".s.sol")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is not scanned. `is_problem`: it should have been, and could not be."""

    path: Path
    reason: str
    is_problem: bool = False


Record = Callable[[Skipped], None]


def _forget(_skipped: Skipped) -> None:
    """Nobody wants to know."""


def discover(paths: Sequence[Path], exclude: Sequence[str] = (), *, skipped: Record = _forget) -> Iterator[Path]:
    """The files to scan, each once, without symbolic links in their paths, in the order of paths and names.

    `exclude` holds shell patterns: one without `/` is matched with the name of each file and folder, one with `/` with
    its path under the folder given (`*` matches `/` too). `skipped` hears of what is left out.

    Raises UsageError, at once, for a path that does not exist.
    """
    given = given_paths(paths)
    return _discover(given, _Excluded(tuple(exclude)), skipped)


def given_paths(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The paths, absolute, each once, without symbolic links. Raises UsageError for one that does not exist."""
    return tuple(dict.fromkeys(_existing(path) for path in paths))


def _existing(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path, strict=True))
    except (OSError, ValueError) as error:
        reason = "there is no such file or folder; give Solidity files or folders with them"
        if not isinstance(error, FileNotFoundError | ValueError):
            reason = str(error.strerror or error)
        raise UsageError(f"{str(path)!r} cannot be scanned: {reason}") from None


@dataclass(frozen=True, slots=True)
class _Excluded:
    patterns: tuple[str, ...]

    def __call__(self, path: Path, root: Path) -> bool:
        if not self.patterns:
            return False
        relative = path.relative_to(root).as_posix()
        return any(fnmatch.fnmatchcase(relative if "/" in p else path.name, p) for p in self.patterns)


def _discover(given: tuple[Path, ...], excluded: _Excluded, skipped: Record) -> Iterator[Path]:
    known = frozenset(given)
    for path in given:
        if is_folder(path):
            yield from _Walk(path, known, excluded, skipped).files()
        else:
            yield path


def _broken(link: Path) -> str:
    """Why a symbolic link leads to no file; empty if it does."""
    try:
        link.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "a symbolic link that leads to nothing"
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a symbolic link that leads back to itself"
        return f"a symbolic link that cannot be followed: {error.strerror or error}"
    return ""


class _Walk:
    """The files under one folder."""

    def __init__(self, root: Path, given: frozenset[Path], excluded: _Excluded, skipped: Record) -> None:
        self._root = root
        self._given = given
        self._excluded = excluded
        self._skipped = skipped
        projects = list(enclosing_projects(root))
        self._project = next((p for p in projects if p.is_developed), projects[0] if projects else None)
        tests = self._project.tests if self._project else ()
        self._with_tests = any(root == folder or folder in root.parents for folder in tests)

    def files(self) -> Iterator[Path]:
        """Files first, then folders, each by name."""
        waiting = [(self._root, self._project)]
        while waiting:
            folder, project = waiting.pop()
            listed = self._list(folder)
            if listed is None:
                continue
            files, folders, marked = listed
            if marked and folder != self._root:
                project = self._nearer(folder, project)
            while files:
                file = folder / files.pop()
                if not self._leaves_out_file(file, project):
                    yield file
            waiting += [(folder / name, project) for name in folders if not self._leaves_out(folder / name, project)]

    def _list(self, folder: Path) -> tuple[list[str], list[str], bool] | None:
        """The names of sources and of folders, last first, and whether the folder may be a project's root."""
        files: list[str] = []
        folders: list[str] = []
        marked = False
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = entry.name
                    marked = marked or name in MARKERS
                    wanted = name.lower().endswith(SUFFIXES)
                    if name.startswith("."):
                        continue
                    if entry.is_symlink():
                        self._link(folder / name, wanted)
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(name)
                    elif wanted:
                        files.append(name)
        except OSError as error:
            reason = f"the folder cannot be read: {error.strerror or error}"
            self._skipped(Skipped(folder, reason, is_problem=True))
            return None
        files.sort(reverse=True)
        folders.sort(reverse=True)
        return files, folders, marked

    def _link(self, path: Path, wanted: bool) -> None:
        broken = _broken(path) if wanted and not self._excluded(path, self._root) else ""
        if broken:
            self._skipped(Skipped(path, broken, is_problem=True))
        elif wanted or is_folder(path):
            self._skipped(Skipped(path, "a symbolic link; what it leads to is scanned where it lies, if it lies here"))

    def _nearer(self, folder: Path, project: Project | None) -> Project | None:
        """A project inside another has rules of its own; a package inside one that is built has its rules."""
        found = read_project(folder)
        if found is None or (project is not None and project.is_developed and not found.is_developed):
            return project
        return found

    def _leaves_out_file(self, file: Path, project: Project | None) -> bool:
        if file in self._given:  # it comes, or came, on its own
            return True
        reason = ""
        if self._excluded(file, self._root):
            reason = "excluded"
        elif project is not None and not self._with_tests and file.name.lower().endswith(TEST_SUFFIXES):
            reason = "a test or script"
        if reason:
            self._skipped(Skipped(file, reason))
        return bool(reason)

    def _leaves_out(self, folder: Path, project: Project | None) -> bool:
        if folder in self._given:
            return True
        reason = "excluded" if self._excluded(folder, self._root) else self._reason(folder, project)
        if reason:
            self._skipped(Skipped(folder, reason))
        return bool(reason)

    def _reason(self, folder: Path, project: Project | None) -> str:
        if folder.name == "node_modules":
            return "dependencies"
        if project is None:
            return ""
        if folder in project.dependencies:
            return "dependencies"
        if folder in project.output or (folder.parent == project.root and folder.name.startswith("typechain")):
            return "build output"
        if folder in project.tests and not self._with_tests:
            return "tests, scripts or mocks; name the folder to scan it"
        return ""
