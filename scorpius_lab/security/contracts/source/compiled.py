"""What a build already knows: the compiler version and settings that a source was compiled with.

Source of the formats: Solidity documentation, "Contract Metadata"; Foundry's `out/<file>/<contract>.json`; Hardhat's
`artifacts/build-info/*.json`. Nothing is compiled here, and a file that is not what it should be is passed over.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.security.contracts.source import foundry
from scorpius_lab.security.contracts.source.documents import parse_json, read_json, string, table
from scorpius_lab.security.contracts.source.files import SourceFile
from scorpius_lab.security.contracts.source.project import Kind, Project

LARGEST_ARTIFACT = 16 << 20  # bytes
LARGEST_BUILD = 64 << 20
MOST_BUILD_BYTES = 256 << 20  # of one project, newest first
MOST_ARTIFACTS = 16  # contracts of one file that are looked at
_VERSION = re.compile(r"v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])")


@dataclass(frozen=True, slots=True)
class CompilerFacts:
    """How a source was compiled: version as (major, minor, patch), EVM version or "", optimizer on, off or unknown."""

    version: tuple[int, int, int]
    evm_version: str = ""
    optimizer: bool | None = None


class CompilerOutput:
    """What the builds of projects say about their sources; `projects` gives those around a folder, nearest first."""

    def __init__(self, projects: Callable[[Path], tuple[Project, ...]]) -> None:
        """Nothing is read yet."""
        self._projects = projects
        self._settings = functools.lru_cache(64)(foundry.read_settings)
        self._builds: dict[Path, dict[str, list[tuple[int, CompilerFacts]]]] = {}

    def facts(self, source: SourceFile) -> CompilerFacts | None:
        """What the last build says; None if there was none since the source changed, or builds disagree."""
        if source.file is None:
            return None
        for project in self._projects(source.file.parent):
            name = source.file.relative_to(project.root).as_posix()
            found: set[CompilerFacts] = set()
            if Kind.FOUNDRY in project.kinds:
                found |= set(_foundry_facts(project.root / self._settings(project.root).output, name, source.file))
            if Kind.HARDHAT in project.kinds:
                builds = self._hardhat_builds(project.root)
                found |= {facts for text, facts in builds.get(name, ()) if text == hash(source.text)}
            if found:
                return _agreed(found)
        return None

    def _hardhat_builds(self, root: Path) -> dict[str, list[tuple[int, CompilerFacts]]]:
        """For each source name what it was compiled from (a hash of the text) and how."""
        known = self._builds.get(root)
        if known is None:
            known = self._builds[root] = {}
            for document in _build_files(root / "artifacts" / "build-info"):
                given = table(document, "input")
                facts = read_facts(string(document, "solcVersion"), table(given, "settings"))
                if facts is None:
                    continue
                for name, source in table(given, "sources").items():
                    own = name.removeprefix("project/")  # as Hardhat 3 calls a project's own sources
                    known.setdefault(own, []).append((hash(string(source, "content")), facts))
        return known


def read_facts(version: str, settings: dict[str, object]) -> CompilerFacts | None:
    """The facts in a compiler's version (`v0.8.20+commit.a1b79de6`) and settings; None without a version."""
    found = _VERSION.match(version)
    if not found:
        return None
    enabled = table(settings, "optimizer").get("enabled")
    numbers = (int(found[1]), int(found[2]), int(found[3]))
    return CompilerFacts(numbers, string(settings, "evmVersion"), enabled if isinstance(enabled, bool) else None)


def _agreed(found: set[CompilerFacts]) -> CompilerFacts | None:
    """What all say; a source compiled with two versions has none, and settings that differ are unknown."""
    first = next(iter(found))
    if len(found) == 1:
        return first
    return CompilerFacts(first.version) if len({facts.version for facts in found}) == 1 else None


def _foundry_facts(output: Path, name: str, file: Path) -> Iterator[CompilerFacts]:
    changed = _changed(file)
    for artifact in _json_files(output / file.name)[:MOST_ARTIFACTS]:
        if changed is None or (_changed(artifact) or 0) < changed:
            continue  # it was compiled from something else
        document = read_json(artifact, LARGEST_ARTIFACT)
        metadata = table(document, "metadata") or table(parse_json(string(document, "rawMetadata")))
        if name in table(metadata, "settings", "compilationTarget"):
            facts = read_facts(string(metadata, "compiler", "version"), table(metadata, "settings"))
            if facts:
                yield facts


def _build_files(folder: Path) -> Iterator[object]:
    left = MOST_BUILD_BYTES
    for file in sorted(_json_files(folder), key=lambda f: _changed(f) or 0, reverse=True):
        try:
            left -= file.stat().st_size
        except OSError:
            continue
        if left < 0:
            return
        yield read_json(file, LARGEST_BUILD)


def _json_files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(".json"))
    except (OSError, ValueError):
        return []
    return [folder / name for name in names]


def _changed(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None
