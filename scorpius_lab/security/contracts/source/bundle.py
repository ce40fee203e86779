"""JSON files that hold several sources: input of the compiler, and what Etherscan shows for a verified contract.

Source of the formats: Solidity documentation, "Compiler Input and Output JSON Description"; Etherscan's
`getsourcecode`, whose `SourceCode` is a text, that input in one more pair of braces, or a table of names and contents.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.security.contracts.source.compiled import CompilerFacts, read_facts
from scorpius_lab.security.contracts.source.documents import parse_json, string, strings, table
from scorpius_lab.security.contracts.source.files import LARGEST, SourceFile, from_text, read_source, unreadable
from scorpius_lab.security.contracts.source.remappings import Remapping, parse_remappings, remapped

MOST_SOURCES = 20_000
_TWO_BRACES = re.compile(r"\s*\{\s*\{")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Sources in one file; `facts` are those of the compiler if the file names its version."""

    files: tuple[SourceFile, ...]
    resolver: TextResolver
    facts: CompilerFacts | None = None


class TextResolver:
    """Finds imports among sources that are in memory, by the names the compiler knows them under."""

    def __init__(self, sources: Mapping[str, SourceFile], remappings: Iterable[Remapping] = ()) -> None:
        """`sources` are by name; their labels must differ."""
        self._sources = sources
        self._names = {source.label: name for name, source in sources.items()}
        self._remappings = tuple(remappings)

    def resolve(self, imported: str, importer: SourceFile) -> SourceFile | None:
        """The source that `imported` means in `importer`; None if it is not among them."""
        importer_name = self._names.get(importer.label)
        if importer_name is None:
            return None
        name = _join(importer_name, imported) if imported.startswith(("./", "../")) else imported
        for candidate in (*remapped(name, importer_name, self._remappings), name, _join(importer_name, imported)):
            found = self._sources.get(candidate)
            if found is not None:
                return found
        return None


def from_texts(texts: Mapping[str, str], remappings: Iterable[str] = ()) -> tuple[tuple[SourceFile, ...], TextResolver]:
    """Sources from texts by name, and what finds their imports; `remappings` are written `context:prefix=target`."""
    sources = {name: from_text(text, name) for name, text in texts.items()}
    return tuple(sources.values()), TextResolver(sources, parse_remappings(remappings))


def read_bundle(file: Path, label: str, *, largest: int = LARGEST) -> Bundle:
    """The sources in a JSON file, called `label/name`; a file that holds none is one source with a problem."""
    whole = read_source(file, label, largest=largest)
    if whole.problem:
        return _none(whole)
    return parse_bundle(whole.text, label) or _none(
        unreadable(label, "it is JSON, but neither input for the compiler nor sources from Etherscan", file)
    )


def parse_bundle(text: str, label: str) -> Bundle | None:
    """The sources in JSON text, called `label/name`; None if it is no JSON or holds none."""
    document, version = _compiler_input(_parse(text))
    contents = table(document, "sources") or {n: s for n, s in table(document).items() if string(s, "content")}
    if not contents:
        return None
    settings = table(document, "settings")
    sources = _sources(contents, string(document, "language"), label)
    remappings = parse_remappings(strings(settings.get("remappings")))
    return Bundle(tuple(sources.values()), TextResolver(sources, remappings), read_facts(version, settings))


def _compiler_input(document: object) -> tuple[object, str]:
    """The compiler's input in a document, and the version that is named beside it."""
    answer = table(document).get("result")
    if isinstance(answer, list) and answer:  # the whole answer of Etherscan
        document = answer[0]
    code = string(document, "SourceCode")
    if code:
        name = string(document, "ContractName") or "source"
        return _parse(code) or {"sources": {f"{name}.sol": {"content": code}}}, string(document, "CompilerVersion")
    given = table(document, "input")  # what Hardhat keeps of a build
    return given or document, string(document, "solcVersion")


def _none(problem: SourceFile) -> Bundle:
    return Bundle((problem,), TextResolver({}))


def _parse(text: str) -> object:
    if _TWO_BRACES.match(text) and text.rstrip().endswith("}"):
        text = text.strip()[1:-1]
    return parse_json(text)


def _sources(contents: Mapping[str, object], language: str, label: str) -> dict[str, SourceFile]:
    sources: dict[str, SourceFile] = {}
    labels: set[str] = set()
    for name, given in list(contents.items())[:MOST_SOURCES]:
        own = _unused(f"{label}/{_safe(name)}", labels)
        labels.add(own)
        text = string(given, "content")
        if not text:
            sources[name] = unreadable(own, "its text is not in the file, only where it may be found")
        elif language and language != "Solidity":
            sources[name] = unreadable(own, f"{language} is not supported; only Solidity is looked at")
        else:
            sources[name] = from_text(text, own)
    return sources


def _safe(name: str) -> str:
    """A source's name as part of a path that leads nowhere else; control characters could write to a terminal."""
    parts = [part for part in re.sub(r"[\x00-\x1f\x7f-\x9f\\]", "_", name).split("/") if part not in {"", ".", ".."}]
    return "/".join(parts) or "source.sol"


def _unused(label: str, labels: set[str]) -> str:
    number, candidate = 2, label
    while candidate in labels:
        candidate = f"{label}~{number}"
        number += 1
    return candidate


def _join(importer: str, imported: str) -> str:
    """The name a relative import means. Source: Solidity documentation, "Relative Imports".

    Not `normpath`: a name may be an address, whose `//` stays.
    """
    folder = importer.rpartition("/")[0]
    while imported.startswith(("./", "../")):
        step, _, imported = imported.partition("/")
        if step == "..":
            folder = folder.rpartition("/")[0]
    rest = posixpath.normpath(imported) if imported else ""
    return f"{folder}/{rest}" if folder else rest
