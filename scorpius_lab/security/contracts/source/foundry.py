"""Foundry's settings and the remappings it works out for itself.

Source: Foundry Book, "Config" and "Dependencies": `[profile.default]` of `foundry.toml`, `remappings.txt`, and one
remapping for each library in `lib`, which brings its own remappings along.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.security.contracts.source.documents import (
    is_file,
    is_folder,
    parse_toml,
    read_text,
    string,
    strings,
    table,
)
from scorpius_lab.security.contracts.source.remappings import Remapping, parse_remappings, rebase

SETTINGS = "foundry.toml"
REMAPPINGS = "remappings.txt"
MOST_LIBRARIES = 1_000
DEEPEST_LIBRARY = 4  # libraries of libraries


@dataclass(frozen=True, slots=True)
class FoundrySettings:
    """What a `foundry.toml` says about folders and imports; `problem` if it could not be read and defaults stand in."""

    sources: str = "src"
    tests: str = "test"
    scripts: str = "script"
    output: str = "out"
    cache: str = "cache"
    libraries: tuple[str, ...] = ("lib",)
    soldeer: bool = False
    remappings: tuple[Remapping, ...] = ()
    problem: str = ""


def read_settings(root: Path) -> FoundrySettings:
    """The settings of the Foundry project in `root`: the default profile, and Foundry's defaults for the rest."""
    text = read_text(root / SETTINGS)
    document = None if text is None else parse_toml(text)
    if document is None:
        return FoundrySettings(problem=f"{SETTINGS} cannot be read; Foundry's defaults are used")
    profile = table(document, "profile", "default") or table(
        document, "default"
    )  # the second is how it was before 2022
    sources = "src" if is_folder(root / "src") or not is_folder(root / "contracts") else "contracts"
    return FoundrySettings(
        sources=string(profile, "src") or sources,
        tests=string(profile, "test") or "test",
        scripts=string(profile, "script") or "script",
        output=string(profile, "out") or "out",
        cache=string(profile, "cache_path") or "cache",
        libraries=strings(profile.get("libs")) or ("lib",),
        soldeer=bool(table(document, "dependencies") or table(document, "soldeer")),
        remappings=parse_remappings(strings(profile.get("remappings"))),
    )


def own_remappings(root: Path) -> tuple[Remapping, ...]:
    """The remappings a project gives itself; those in `remappings.txt` come last and so before all others."""
    given = read_settings(root).remappings if is_file(root / SETTINGS) else ()
    listed = read_text(root / REMAPPINGS) or ""
    return (*given, *parse_remappings(listed.splitlines()))


def all_remappings(root: Path, libraries: tuple[Path, ...]) -> tuple[Remapping, ...]:
    """The remappings of a project, least preferred first: those its libraries bring, and its own.

    Targets are relative to `root`.
    """
    brought = [remapping for library in _libraries(libraries) for remapping in _of_library(root, library)]
    return (*reversed(brought), *own_remappings(root))


def _libraries(folders: tuple[Path, ...]) -> Iterator[Path]:
    """The libraries in folders, then those in theirs, nearest first."""
    waiting = deque((folder, 1) for folder in folders)
    number = 0
    while waiting:
        folder, depth = waiting.popleft()
        for library in _folders(folder):
            number += 1
            if number > MOST_LIBRARIES:
                return
            yield library
            if depth < DEEPEST_LIBRARY:
                waiting.append((library / "lib", depth + 1))


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def _of_library(root: Path, library: Path) -> Iterator[Remapping]:
    """What a library's name stands for, best first, and what it brings along, last given first."""
    folder = os.path.relpath(library, root)
    settings = read_settings(library) if is_file(library / SETTINGS) else None
    named = (settings.sources,) if settings else ()
    for sources in dict.fromkeys((*named, "src", "contracts")):
        if is_folder(library / sources):
            yield from rebase([Remapping(f"{library.name}/", f"{sources}/")], folder)
    yield Remapping(f"{library.name}/", f"{folder}/")
    yield from rebase(reversed(own_remappings(library)), folder)
