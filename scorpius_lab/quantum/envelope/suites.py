"""The algorithms an envelope may name: payload suites and key-encapsulation mechanisms, each with its code on the wire.

A code is never given twice and never changes its meaning. `docs/formats/envelope.md` lists the same two tables.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from scorpius_lab.errors import EnvelopeError, SuiteNotAllowed, UsageError
from scorpius_lab.quantum.algorithms import ALGORITHMS, algorithm

Aead = AESGCM | ChaCha20Poly1305


@dataclass(frozen=True, slots=True)
class Suite:
    """How payload and file key are encrypted. Both suites derive their keys by HKDF with SHA-512."""

    code: int
    name: str
    aead: type[AESGCM | ChaCha20Poly1305]


SUITES: Final = (Suite(1, "AES-256-GCM", AESGCM), Suite(2, "ChaCha20-Poly1305", ChaCha20Poly1305))
DEFAULT_SUITE: Final = "AES-256-GCM"
KEM_CODES: Final[Mapping[str, int]] = MappingProxyType(
    {"ML-KEM-512": 1, "ML-KEM-768": 2, "ML-KEM-1024": 3, "X-Wing": 4, "P-384+ML-KEM-1024": 5}
)
_KEM_NAMES: Final = MappingProxyType({code: name for name, code in KEM_CODES.items()})
_SUITE_BY_CODE: Final = MappingProxyType({suite.code: suite for suite in SUITES})
_NOT_BY_DEFAULT: Final = frozenset({"legacy", "experimental"})


def suite_named(name: str) -> Suite:
    """The suite of this name. Raises UsageError that lists the names there are."""
    for suite in SUITES:
        if suite.name == name:
            return suite
    known = ", ".join(suite.name for suite in SUITES)
    raise UsageError(f"there is no envelope suite of that name; choose one of {known}")


def suite_of_code(code: int) -> Suite:
    """The suite a header names. Raises EnvelopeError for a code this version does not know."""
    suite = _SUITE_BY_CODE.get(code)
    if suite is None:
        raise EnvelopeError(f"the envelope names suite {code}, which this version does not know; it may be damaged")
    return suite


def kem_of_code(code: int) -> str:
    """The KEM a recipient entry names. Raises EnvelopeError for a code this version does not know."""
    name = _KEM_NAMES.get(code)
    if name is None:
        raise EnvelopeError(f"the envelope names KEM {code}, which this version does not know; it may be damaged")
    return name


@cache
def encapsulation_bytes(kem: str) -> int:
    """Length of an encapsulation of this KEM, in bytes."""
    length = algorithm(kem).ciphertext_bytes
    if length is None:
        raise UsageError(f"{kem} is not a key-encapsulation mechanism")
    return length


@cache
def default_policy() -> frozenset[str]:
    """What decryption accepts unless told otherwise: both suites, and each KEM that is not legacy or experimental."""
    kems = {a.name for a in ALGORITHMS if a.name in KEM_CODES and a.status not in _NOT_BY_DEFAULT}
    return frozenset(kems | {suite.name for suite in SUITES})


def policy_of(allowed: Collection[str] | None) -> frozenset[str]:
    """The names of suites and KEMs that are accepted. Raises UsageError: an unknown name, or no suite, or no KEM."""
    if allowed is None:
        return default_policy()
    if isinstance(allowed, str):
        raise UsageError("the allowed algorithms are a collection of names, not one text; write {'X-Wing', …}")
    names = frozenset(allowed)
    suites = {suite.name for suite in SUITES}
    unknown = sorted(map(str, names - suites - KEM_CODES.keys()))
    if unknown:
        known = ", ".join([*sorted(suites), *KEM_CODES])
        raise UsageError(f"the policy names algorithms no envelope can use: {', '.join(unknown)}; known are {known}")
    if not names & suites or not names & KEM_CODES.keys():
        raise UsageError("the policy must allow at least one suite and one KEM, or nothing could ever be decrypted")
    return names


def require_allowed(suite: Suite, kems: Collection[str], allowed: frozenset[str]) -> None:
    """Return if all are allowed. Raises SuiteNotAllowed.

    Every recipient's KEM counts, not only that of the key at hand: whoever breaks one learns the file key, and with it
    could have written the payload.
    """
    refused = sorted({suite.name, *kems} - allowed)
    if refused:
        raise SuiteNotAllowed(
            f"the envelope uses {', '.join(refused)}, which the policy in force does not allow; "
            "name it under allowed= if it is to be accepted"
        )
