"""From an import to the source it means, the way compilers and build tools find it.

Source: Solidity documentation, "Import Path Resolution"; Node's search through `node_modules` upwards; Foundry's
remappings. Only `.sol` files inside the folders given, the projects and repository around the importing file, and the
`node_modules` and `lib` of the folders around it are ever opened: `..` and symbolic links lead nowhere else.
"""

from __future__ import annotations

import functools
import os
import posixpath
import re
import stat
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

from scorpius_lab.security.contracts.source.documents import is_folder
from scorpius_lab.security.contracts.source.files import SourceFile, label_of, read_source
from scorpius_lab.security.contracts.source.project import (
    Project,
    enclosing_folders,
    enclosing_projects,
    project_remappings,
    read_project,
)
from scorpius_lab.security.contracts.source.remappings import Remapping, remapped

CACHE_BYTES = 64 << 20
CACHE_ENTRIES = 20_000
LONGEST_IMPORT = 1_024  # characters
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")  # http:, ipfs:, bzz-raw:, C:


class Resolver:
    """Finds and reads the sources that files import; what was read is kept within `cache_bytes`.

    `roots` are the files and folders that are scanned, absolute and without symbolic links; labels are relative to
    `base`.
    """

    def __init__(self, roots: Sequence[Path], base: Path | None = None, *, cache_bytes: int = CACHE_BYTES) -> None:
        """Nothing is read yet."""
        self._roots = tuple(dict.fromkeys(path if is_folder(path) else path.parent for path in roots))
        self.base = report_base(roots) if base is None else base
        self._files = _FileCache(cache_bytes)
        self._project = functools.lru_cache(CACHE_ENTRIES)(read_project)
        self._remappings = functools.lru_cache(64)(project_remappings)
        self._reach = functools.lru_cache(CACHE_ENTRIES)(self._find_reach)
        self._found = functools.lru_cache(5 * CACHE_ENTRIES)(self._find)
        self.projects = functools.lru_cache(CACHE_ENTRIES)(self._find_projects)

    def load(self, file: Path) -> SourceFile:
        """The source in a file (absolute, without symbolic links)."""
        source = self._files.get(file)
        if source is None:
            source = read_source(file, label_of(file, self.base))
            self._files.put(file, source)
        return source

    def resolve(self, imported: str, importer: SourceFile) -> SourceFile | None:
        """The source that `imported` means in `importer`; None if it is missing, out of reach or on a network."""
        if importer.file is None or len(imported) > LONGEST_IMPORT or "\0" in imported or _ADDRESS.match(imported):
            return None
        found = self._found(imported, importer.file)
        return None if found is None else self.load(found)

    def _find_projects(self, folder: Path) -> tuple[Project, ...]:
        """The projects around a folder, nearest first."""
        around = (self._project(candidate) for candidate in enclosing_folders(folder))
        return tuple(project for project in around if project is not None)

    def _find(self, imported: str, importer: Path) -> Path | None:
        reach = self._reach(importer.parent)
        for candidate in dict.fromkeys(self._candidates(imported, importer)):
            found = _readable(candidate)
            if found is not None and any(found.is_relative_to(folder) for folder in reach):
                return found
        return None

    def _candidates(self, imported: str, importer: Path) -> Iterator[Path]:
        """Where the import may lie, the likeliest place first."""
        if imported.startswith(("./", "../")):
            yield importer.parent / imported
            for project in self.projects(importer.parent):
                name = posixpath.normpath(posixpath.join(_name(importer.parent, project.root), imported))
                yield from self._remapped(name, importer, project)
            return
        for project in self.projects(importer.parent):
            yield from self._remapped(imported, importer, project)
            yield from _in_project(imported, project)
        for folder in enclosing_folders(importer.parent):
            yield folder / "node_modules" / imported
        for root in self._roots:
            yield root / imported
            for project in self.projects(root):
                yield from self._remapped(imported, importer, project)
                yield from _in_project(imported, project)
        yield importer.parent / imported  # how compilers before 0.8.8 found the files of one folder

    def _remapped(self, imported: str, importer: Path, project: Project) -> Iterator[Path]:
        remappings: tuple[Remapping, ...] = self._remappings(project)
        for target in remapped(imported, _name(importer, project.root), remappings):
            yield project.root / target

    def _find_reach(self, folder: Path) -> tuple[Path, ...]:
        """The folders whose files may be read for a file in `folder`."""
        reach = [*self._roots]
        for start in (folder, *self._roots):
            reach += [project.root for project in self.projects(start)]
            for around in enclosing_folders(start):
                reach += [around / "node_modules", around / "lib"]
                reach += [around] if is_folder(around / ".git") else []
        return tuple(dict.fromkeys(Path(os.path.realpath(path)) for path in reach))


def report_base(paths: Sequence[Path]) -> Path:
    """What reported paths are relative to.

    For one path it is the repository, else the nearest project, else the folder given; for several the folder that all
    of these lie in. So a file is called the same whether it, its folder or the whole project is scanned.
    """
    bases = [_base(path if is_folder(path) else path.parent) for path in paths]
    return Path(os.path.commonpath(bases)) if bases else Path.cwd()


def _base(folder: Path) -> Path:
    for around in enclosing_folders(folder):
        if is_folder(around / ".git"):
            return around
    return next((project.root for project in enclosing_projects(folder)), folder)


def _in_project(imported: str, project: Project) -> Iterator[Path]:
    """A project's own files, by their path in it or by the name it is published under, and those of its libraries."""
    yield project.root / imported
    if project.package and imported.startswith(f"{project.package}/"):
        yield project.root / imported[len(project.package) + 1 :]
    package, _, rest = imported.partition("/")
    for folder in project.dependencies:
        if folder.name != "node_modules":
            yield folder / imported
            yield folder / package / "contracts" / rest
    for folder in project.sources:
        yield folder / imported


def _name(path: Path, root: Path) -> str:
    """A file's name as the compiler knows it: its path in the project, or the whole path outside."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _readable(candidate: Path) -> Path | None:
    """The Solidity file at a path, without symbolic links; None if there is none."""
    if candidate.suffix.lower() != ".sol":
        return None
    try:
        real = Path(os.path.realpath(candidate, strict=True))
        is_regular = stat.S_ISREG(real.stat().st_mode)
    except (OSError, ValueError):
        return None
    return real if is_regular and real.suffix.lower() == ".sol" else None


class _FileCache:
    """Sources by path; those not asked for longest go first."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._size = 0
        self._sources: OrderedDict[Path, SourceFile] = OrderedDict()

    def get(self, file: Path) -> SourceFile | None:
        source = self._sources.get(file)
        if source is not None:
            self._sources.move_to_end(file)
        return source

    def put(self, file: Path, source: SourceFile) -> None:
        self._sources[file] = source
        self._size += source.size
        while self._sources and (self._size > self._largest or len(self._sources) > CACHE_ENTRIES):
            _, dropped = self._sources.popitem(last=False)
            self._size -= dropped.size
