"""Everything a scan reads: the sources given, the imports they need, and the compiler version a build used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from scorpius_lab.security.contracts.source.bundle import Bundle, read_bundle
from scorpius_lab.security.contracts.source.compiled import CompilerFacts, CompilerOutput
from scorpius_lab.security.contracts.source.discovery import Skipped, discover, given_paths
from scorpius_lab.security.contracts.source.documents import is_folder
from scorpius_lab.security.contracts.source.files import SourceFile, label_of, unreadable
from scorpius_lab.security.contracts.source.imports import Resolver

MOST_SKIPPED = 10_000


class Sources:
    """The sources of one scan.

    `files` yields them one after the other, those that cannot be looked at too, with their problem. `skipped` fills
    meanwhile with what was left out on purpose (the first 10,000).
    """

    def __init__(self, given: Sequence[Path], exclude: Sequence[str]) -> None:
        """`given` are absolute paths without symbolic links; see `open_sources`."""
        self._given = given
        self._exclude = exclude
        self._resolver = Resolver(given)
        self._output = CompilerOutput(self._resolver.projects)
        self._bundles: dict[str, Bundle] = {}
        self._failed: list[Skipped] = []
        self.skipped: list[Skipped] = []
        self.files: Iterator[SourceFile] = self._read()

    def resolve(self, imported: str, importer: SourceFile) -> SourceFile | None:
        """The source that `imported` means in `importer`; None if it is missing, out of reach or on a network."""
        bundle = self._bundles.get(importer.label) if importer.file is None else None
        if bundle is not None:
            return bundle.resolver.resolve(imported, importer)
        return self._resolver.resolve(imported, importer)

    def facts(self, source: SourceFile) -> CompilerFacts | None:
        """How a source was compiled, if a build since its last change says so."""
        bundle = self._bundles.get(source.label) if source.file is None else None
        return bundle.facts if bundle else self._output.facts(source)

    def version_of(self, source: SourceFile) -> tuple[int, int, int] | None:
        """The compiler version a source was compiled with, if known."""
        facts = self.facts(source)
        return facts.version if facts else None

    def _read(self) -> Iterator[SourceFile]:
        empty = {path for path in self._given if is_folder(path)}
        for path in discover(self._given, self._exclude, skipped=self._skip):
            yield from self._take_failed(empty)
            if empty:
                empty -= {path, *path.parents}
            yield from self._read_file(path)
        yield from self._take_failed(empty)
        for folder in sorted(empty):
            yield unreadable(label_of(folder, self._resolver.base), self._nothing_in(folder))

    def _read_file(self, path: Path) -> Iterator[SourceFile]:
        if path.suffix.lower() != ".json":
            yield self._resolver.load(path)
            return
        bundle = read_bundle(path, label_of(path, self._resolver.base))
        for source in bundle.files:
            self._bundles[source.label] = bundle
            yield source

    def _skip(self, skipped: Skipped) -> None:
        if skipped.is_problem:
            self._failed.append(skipped)
        elif len(self.skipped) < MOST_SKIPPED:
            self.skipped.append(skipped)

    def _take_failed(self, empty: set[Path]) -> Iterator[SourceFile]:
        """Folders that could not be read stand among the files, so that no report passes over them."""
        failed, self._failed = self._failed, []
        for one in failed:
            empty -= {one.path, *one.path.parents}
            yield unreadable(label_of(one.path, self._resolver.base), one.reason)

    def _nothing_in(self, folder: Path) -> str:
        reason = "there is no Solidity file to scan in it"
        if any(skipped.path.is_relative_to(folder) for skipped in self.skipped):
            reason += "; what is left out (tests, dependencies, links, excluded) is scanned when named itself"
        return reason


def open_sources(paths: Sequence[Path], exclude: Sequence[str] = ()) -> Sources:
    """The sources in files, folders and projects.

    `exclude` holds shell patterns, see `discover`. Raises UsageError, at once, for a path that does not exist.
    """
    return Sources(given_paths(paths), tuple(exclude))
