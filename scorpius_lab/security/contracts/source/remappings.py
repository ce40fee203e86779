"""Import remappings, `context:prefix=target`.

Source of format and order of preference: Solidity documentation, "Import Remapping", and `ImportRemapper::apply` of the
compiler: the longest context that the importing file's name starts with, then the longest prefix, then the last given.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remapping:
    """In files whose name starts with `context`, an import that starts with `prefix` starts with `target` instead."""

    prefix: str
    target: str
    context: str = ""


def parse_remapping(text: str) -> Remapping | None:
    """One remapping; None for text that is none (no `=`, no prefix)."""
    left, equals, target = text.strip().partition("=")
    context, colon, prefix = left.partition(":")
    if not colon:
        context, prefix = "", left
    if not equals or not prefix or "\0" in text:
        return None
    return Remapping(prefix.strip(), target.strip(), context.strip())


def parse_remappings(lines: Iterable[str]) -> tuple[Remapping, ...]:
    """The remappings among lines; empty ones, comments and what is none are left out."""
    parsed = (parse_remapping(line) for line in lines if not line.lstrip().startswith(("#", "//")))
    return tuple(remapping for remapping in parsed if remapping)


def rebase(remappings: Iterable[Remapping], folder: str) -> Iterator[Remapping]:
    """Remappings of a dependency as its user sees them: targets inside `folder`, and valid everywhere."""
    for remapping in remappings:
        yield Remapping(remapping.prefix, _inside(folder, remapping.target))


def _inside(folder: str, target: str) -> str:
    """A target moved into a folder; its final `/` is part of its meaning."""
    if posixpath.isabs(target):
        return target
    joined = posixpath.normpath(posixpath.join(folder, target))
    return joined + "/" if target.endswith("/") or not target else joined


def remapped(imported: str, importer: str, remappings: Iterable[Remapping]) -> list[str]:
    """What an import may mean, best first.

    `importer` is the importing source's name. The compiler knows the first only; the others are for projects that are
    not installed whole.
    """
    matching = [
        (len(remapping.context), len(remapping.prefix), number, remapping)
        for number, remapping in enumerate(remappings)
        if imported.startswith(remapping.prefix) and importer.startswith(remapping.context)
    ]
    matching.sort(key=lambda match: match[:3], reverse=True)
    found = (remapping.target + imported[len(remapping.prefix) :] for *_, remapping in matching)
    return list(dict.fromkeys(found))
