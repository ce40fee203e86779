"""Object identifiers of the algorithms in key files.

ML-KEM: RFC 9935. ML-DSA: RFC 9881. SLH-DSA: RFC 9909. X-Wing: draft-connolly-cfrg-xwing-kem. Ed25519+ML-DSA-65:
id-MLDSA65-Ed25519-SHA512 of draft-ietf-lamps-pq-composite-sigs. P-384+ML-KEM-1024: id-MLKEM1024-ECDH-P384-SHA3-256 of
draft-ietf-lamps-pq-composite-kem, whose public keys, ciphertexts and secrets are the same. Each in its section on
algorithm identifiers. The last three are drafts: their identifiers may change until they are published.
"""

from __future__ import annotations

from typing import Final

from scorpius_lab.errors import InvalidKey

_NIST: Final = "2.16.840.1.101.3.4"
_SLH_DSA: Final = tuple(
    f"SLH-DSA-{family}-{size}{speed}" for family in ("SHA2", "SHAKE") for size in (128, 192, 256) for speed in "sf"
)

IDENTIFIERS: Final = {
    "ML-KEM-512": f"{_NIST}.4.1",
    "ML-KEM-768": f"{_NIST}.4.2",
    "ML-KEM-1024": f"{_NIST}.4.3",
    "ML-DSA-44": f"{_NIST}.3.17",
    "ML-DSA-65": f"{_NIST}.3.18",
    "ML-DSA-87": f"{_NIST}.3.19",
    **{name: f"{_NIST}.3.{20 + position}" for position, name in enumerate(_SLH_DSA)},
    "X-Wing": "1.3.6.1.4.1.62253.25722",
    "Ed25519+ML-DSA-65": "1.3.6.1.5.5.7.6.48",
    "P-384+ML-KEM-1024": "1.3.6.1.5.5.7.6.63",
}
_NAMES: Final = {identifier: name for name, identifier in IDENTIFIERS.items()}


def identifier_of(name: str) -> str:
    """The dotted object identifier of an algorithm. Raises InvalidKey if none is registered for its keys."""
    identifier = IDENTIFIERS.get(name)
    if identifier is None:
        raise InvalidKey(
            f"{name} keys have no PEM or DER form, because no object identifier is registered for them; "
            "keep their raw bytes, or use an algorithm that has one"
        )
    return identifier


def name_of(identifier: str | None) -> str:
    """The algorithm of a dotted object identifier; None stands for an identifier with parameters. Raises InvalidKey."""
    if identifier is None:
        raise InvalidKey("the key is not post-quantum: its algorithm identifier has parameters, which these never have")
    name = _NAMES.get(identifier)
    if name is None:
        raise InvalidKey(f"the key is for an algorithm that is not offered here (object identifier {identifier})")
    return name
