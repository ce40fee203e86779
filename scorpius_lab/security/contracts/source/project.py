"""Which project a folder is: Foundry, Hardhat, Truffle or an npm package. Settings are read, never executed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from scorpius_lab.security.contracts.source import foundry
from scorpius_lab.security.contracts.source.documents import is_file, is_folder, read_json, read_text, string
from scorpius_lab.security.contracts.source.remappings import Remapping


class Kind(StrEnum):
    """What a project is built with; one folder may hold several."""

    FOUNDRY = "Foundry"
    HARDHAT = "Hardhat"
    TRUFFLE = "Truffle"
    NPM = "npm"


MARKERS = {
    foundry.SETTINGS: Kind.FOUNDRY,
    foundry.REMAPPINGS: Kind.FOUNDRY,
    **{f"hardhat.config.{ending}": Kind.HARDHAT for ending in ("js", "cjs", "mjs", "ts", "cts", "mts")},
    "truffle-config.js": Kind.TRUFFLE,
    "truffle.js": Kind.TRUFFLE,
    "package.json": Kind.NPM,
}
TEST_FOLDERS = ("test", "tests", "mock", "mocks")
_SOURCES = {
    Kind.HARDHAT: re.compile(r"""\bsources\s*:\s*["'`]([^"'`\n]+)["'`]"""),
    Kind.TRUFFLE: re.compile(r"""\bcontracts_directory\s*:\s*["'`]([^"'`\n]+)["'`]"""),
}


@dataclass(frozen=True, slots=True)
class Project:
    """A project: where its own sources, its tests, its dependencies and its build output lie (absolute folders).

    `package` is its name in `package.json`. `problem` says what of its settings could not be read.
    """

    root: Path
    kinds: frozenset[Kind]
    package: str = ""
    sources: tuple[Path, ...] = ()
    tests: tuple[Path, ...] = ()
    dependencies: tuple[Path, ...] = ()
    output: tuple[Path, ...] = ()
    problem: str = ""

    @property
    def is_developed(self) -> bool:
        """It is a project of a build tool, not just a published package: it has tests, output and dependencies."""
        return bool(self.kinds - {Kind.NPM})


def read_project(folder: Path) -> Project | None:
    """The project whose root `folder` is, an absolute path; None if nothing in the folder marks one."""
    kinds = frozenset(kind for name, kind in MARKERS.items() if is_file(folder / name))
    if not kinds:
        return None
    settings = foundry.read_settings(folder) if is_file(folder / foundry.SETTINGS) else None
    sources = _sources(folder, kinds, settings)
    return Project(
        root=folder,
        kinds=kinds,
        package=string(read_json(folder / "package.json"), "name"),
        sources=sources,
        tests=_tests(folder, kinds, sources, settings),
        dependencies=_dependencies(folder, kinds, settings),
        output=_output(folder, kinds, settings),
        problem=settings.problem if settings else "",
    )


def enclosing_folders(folder: Path) -> Iterator[Path]:
    """The folder and those around it that may hold its project, nearest first.

    They end with the root of the Git repository; the home folder and the top of the file system are no projects.
    """
    home = _home()
    for candidate in (folder, *folder.parents):
        if candidate in {home, candidate.parent}:
            return
        yield candidate
        if is_folder(candidate / ".git"):  # a file where it is a submodule, which belongs to what is around it
            return


def enclosing_projects(folder: Path) -> Iterator[Project]:
    """The projects a folder lies in, nearest first."""
    for candidate in enclosing_folders(folder):
        project = read_project(candidate)
        if project is not None:
            yield project


def project_remappings(project: Project) -> tuple[Remapping, ...]:
    """The remappings of a project and of its libraries, least preferred first; targets are relative to its root."""
    if Kind.FOUNDRY not in project.kinds:
        return ()
    libraries = tuple(folder for folder in project.dependencies if folder.name != "node_modules")
    return foundry.all_remappings(project.root, libraries)


def _sources(root: Path, kinds: frozenset[Kind], settings: foundry.FoundrySettings | None) -> tuple[Path, ...]:
    named = [settings.sources] if settings else []
    for kind, pattern in _SOURCES.items():
        if kind in kinds:
            named += [_configured(root, kind, pattern) or "contracts"]
    return tuple(dict.fromkeys(_under(root, name) for name in named))


def _configured(root: Path, kind: Kind, pattern: re.Pattern[str]) -> str:
    """The sources folder a JavaScript configuration names plainly; one that computes it cannot be known."""
    for name, marked in MARKERS.items():
        found = pattern.search(read_text(root / name) or "") if marked is kind else None
        if found:
            return found[1]
    return ""


def _tests(
    root: Path, kinds: frozenset[Kind], sources: tuple[Path, ...], settings: foundry.FoundrySettings | None
) -> tuple[Path, ...]:
    """Code that is never deployed; what a published package holds under such names is part of it."""
    if kinds == {Kind.NPM}:
        return ()
    named = [_under(root, name) for name in (settings.tests, settings.scripts)] if settings else []
    named += [folder / name for folder in (root, *sources) for name in TEST_FOLDERS]
    return _without(named, sources)


def _dependencies(root: Path, kinds: frozenset[Kind], settings: foundry.FoundrySettings | None) -> tuple[Path, ...]:
    named = ["node_modules"]
    if Kind.FOUNDRY in kinds:
        named += settings.libraries if settings else ["lib"]
        if (settings and settings.soldeer) or is_file(root / "soldeer.lock"):
            named.append("dependencies")
    if Kind.TRUFFLE in kinds:
        named.append("installed_contracts")
    return _without([_under(root, name) for name in named], _sources(root, kinds, settings))


def _output(root: Path, kinds: frozenset[Kind], settings: foundry.FoundrySettings | None) -> tuple[Path, ...]:
    named = ["artifacts"]
    if settings:
        named += [settings.output, settings.cache, "broadcast"]
    if Kind.HARDHAT in kinds:
        named += ["cache", "coverage"]
    if Kind.TRUFFLE in kinds:
        named.append("build")
    return _without([_under(root, name) for name in named], _sources(root, kinds, settings))


def _under(root: Path, name: str) -> Path:
    """A folder a project names; one with a name no folder can have stands for the root."""
    return root if "\0" in name else Path(os.path.normpath(root / name))


def _without(folders: list[Path], sources: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders that hide no sources of the project, whatever its settings say."""
    return tuple(
        folder
        for folder in dict.fromkeys(folders)
        if not any(source == folder or folder in source.parents for source in sources)
    )


def _home() -> Path | None:
    try:
        return Path(os.path.realpath(Path.home()))
    except RuntimeError:
        return None
