"""The table of every parameter set offered: sizes, standard, security level, the library that serves it, and status.

Sizes are in bytes and taken from the standards: FIPS 203 table 3 (ML-KEM), FIPS 204 table 2 (ML-DSA), FIPS 205
table 2 (SLH-DSA); the hybrids' from their drafts. Levels are NIST's security categories 1 to 5.
"""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal

from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["kem", "signature"]
Family = Literal["lattice", "hash", "code", "classical", "hybrid"]
Status = Literal["recommended", "allowed", "legacy", "experimental"]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One parameter set. All sizes are bytes; `ciphertext_bytes` is None for signatures, `signature_bytes` for KEMs."""

    name: str
    kind: Kind
    family: Family
    standard: str
    level: int
    public_key_bytes: int
    private_key_bytes: int
    ciphertext_bytes: int | None
    signature_bytes: int | None
    shared_secret_bytes: int | None
    library: str
    status: Status
    note: str = ""


_SHARED_SECRET_BYTES: Final = 32
_LONGEST_NAME: Final = 40
_LEVELS: Final = (1, 2, 3, 4, 5)
_XWING: Final = "draft-connolly-cfrg-xwing-kem-09"
_CONCRETE: Final = "draft-irtf-cfrg-concrete-hybrid-kems"
_COMPOSITE: Final = "draft-ietf-lamps-pq-composite-sigs-13"


def _kem(
    name: str,
    family: Family,
    standard: str,
    level: int,
    sizes: tuple[int, int, int],
    *,
    library: str,
    status: Status,
    note: str = "",
) -> Algorithm:
    public, private, ciphertext = sizes
    return Algorithm(
        name,
        "kem",
        family,
        standard,
        level,
        public,
        private,
        ciphertext,
        None,
        _SHARED_SECRET_BYTES,
        library,
        status,
        note,
    )


def _signature(
    name: str,
    family: Family,
    standard: str,
    level: int,
    sizes: tuple[int, int, int],
    *,
    library: str,
    status: Status,
    note: str = "",
) -> Algorithm:
    public, private, signature = sizes
    return Algorithm(
        name, "signature", family, standard, level, public, private, None, signature, None, library, status, note
    )


def _lattice_kem(name: str, level: int, sizes: tuple[int, int, int]) -> Algorithm:
    return _kem(
        name, "lattice", "FIPS 203", level, sizes, library="cryptography", status="recommended", note="seed d || z"
    )


def _ml_dsa(name: str, level: int, sizes: tuple[int, int, int], status: Status) -> Algorithm:
    return _signature(name, "lattice", "FIPS 204", level, sizes, library="cryptography", status=status, note="seed xi")


def _slh_dsa(hash_name: str, parameters: str, level: int, signature_bytes: int) -> Algorithm:
    small = parameters.endswith("s")
    n = int(parameters[:3]) // 8
    return _signature(
        f"SLH-DSA-{hash_name}-{parameters}",
        "hash",
        "FIPS 205",
        level,
        (2 * n, 4 * n, signature_bytes),
        library="pqcrypto",
        status="recommended" if hash_name == "SHA2" and not small else "allowed",
        note="small signatures, slow to sign: roots and firmware" if small else "fast to sign, large signatures",
    )


def _code_based(name: str, standard: str, level: int, sizes: tuple[int, int, int], note: str) -> Algorithm:
    return _kem(name, "code", standard, level, sizes, library="pqcrypto", status="experimental", note=note)


_HQC: Final = "HQC specification of 2025-08"
_MCELIECE: Final = "Classic McEliece, round 4"
_STARTS: Final = "no standard yet; the private key starts with the public one"
_ENDS: Final = "very large public key; the private key ends with it"
_SLH_DSA_SETS: Final = (
    ("128s", 1, 7856),
    ("128f", 1, 17088),
    ("192s", 3, 16224),
    ("192f", 3, 35664),
    ("256s", 5, 29792),
    ("256f", 5, 49856),
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    _kem(
        "X-Wing",
        "hybrid",
        _XWING,
        3,
        (1216, 32, 1120),
        library="cryptography",
        status="recommended",
        note="X25519 and ML-KEM-768; the private key is the draft's 32-byte seed",
    ),
    _kem(
        "P-384+ML-KEM-1024",
        "hybrid",
        _CONCRETE,
        5,
        (1665, 32, 1665),
        library="cryptography",
        status="recommended",
        note="the draft's MLKEM1024-P384; the private key is its 32-byte seed",
    ),
    _kem(
        "ML-KEM-512",
        "lattice",
        "FIPS 203",
        1,
        (800, 1632, 768),
        library="pqcrypto",
        status="allowed",
        note="the private key is the expanded form of FIPS 203, because the library has no seed form",
    ),
    _lattice_kem("ML-KEM-768", 3, (1184, 64, 1088)),
    _lattice_kem("ML-KEM-1024", 5, (1568, 64, 1568)),
    _ml_dsa("ML-DSA-44", 2, (1312, 32, 2420), "allowed"),
    _ml_dsa("ML-DSA-65", 3, (1952, 32, 3309), "recommended"),
    _ml_dsa("ML-DSA-87", 5, (2592, 32, 4627), "recommended"),
    _signature(
        "Ed25519+ML-DSA-65",
        "hybrid",
        _COMPOSITE,
        3,
        (1984, 64, 3373),
        library="cryptography",
        status="recommended",
        note="the draft's MLDSA65-Ed25519-SHA512; both halves must hold",
    ),
    *(_slh_dsa(hash_name, *parameters) for hash_name in ("SHA2", "SHAKE") for parameters in _SLH_DSA_SETS),
    _code_based("HQC-128", _HQC, 1, (2241, 2321, 4433), _STARTS),
    _code_based("HQC-192", _HQC, 3, (4514, 4602, 8978), _STARTS),
    _code_based("HQC-256", _HQC, 5, (7237, 7333, 14421), _STARTS),
    _code_based("Classic-McEliece-348864f", _MCELIECE, 1, (261120, 6492 + 261120, 96), _ENDS),
    _code_based("Classic-McEliece-460896f", _MCELIECE, 3, (524160, 13608 + 524160, 156), _ENDS),
    _code_based("Classic-McEliece-6688128f", _MCELIECE, 5, (1044992, 13932 + 1044992, 208), _ENDS),
)

_BY_NAME: Final = {one.name: one for one in ALGORITHMS}
_BY_FOLDED_NAME: Final = {one.name.casefold(): one for one in ALGORITHMS}
FAMILIES: Final = ("lattice_based", "hash_based")
_CHOICES: Final[dict[tuple[str, Kind], dict[int, str]]] = {
    ("lattice_based", "kem"): {1: "ML-KEM-512", 3: "ML-KEM-768", 5: "ML-KEM-1024"},
    ("lattice_based", "signature"): {1: "ML-DSA-44", 3: "ML-DSA-65", 5: "ML-DSA-87"},
    ("hash_based", "signature"): {1: "SLH-DSA-SHA2-128f", 3: "SLH-DSA-SHA2-192f", 5: "SLH-DSA-SHA2-256f"},
}


def algorithm(name: str) -> Algorithm:
    """The row of one parameter set, by the name its standard gives it (letter case does not matter).

    Raises UsageError that names the nearest ones if there is none.
    """
    if not isinstance(name, str):
        raise UsageError(f"an algorithm is named by text, not by {type(name).__name__}")
    found = _BY_NAME.get(name) or _BY_FOLDED_NAME.get(name.casefold())
    if found is None:
        raise UsageError(f"there is no algorithm {name[:_LONGEST_NAME]!r}; {_nearest(name)}")
    return found


def resolve(algorithm: str, security_level: int | None = None, kind: Kind = "kem") -> Algorithm:
    """The parameter set meant by `"lattice_based"` or `"hash_based"` with a level (1, 3 or 5; 3 if none), or by a name.

    Raises UsageError: unknown name, a family without this kind or level, or a named set below the level asked for.
    """
    if security_level is not None and security_level not in _LEVELS:
        raise UsageError(f"security_level must be 1 to 5, not {security_level!r}")
    row = _choice(algorithm, security_level, kind) or _named(algorithm, security_level)
    if row.kind != kind:
        raise UsageError(f"{row.name} is a {row.kind} algorithm, but a {kind} algorithm is needed here")
    return row


def algorithms_frame() -> pl.DataFrame:
    """The table as a frame: one row for each parameter set, a column for each field of `Algorithm`."""
    import polars as pl

    return pl.DataFrame([asdict(one) for one in ALGORITHMS], infer_schema_length=None)


def _choice(family: str, level: int | None, kind: Kind) -> Algorithm | None:
    if not isinstance(family, str) or family not in {name for name, _ in _CHOICES}:
        return None
    levels = _CHOICES.get((family, kind))
    if levels is None:
        raise UsageError(f"{family!r} has no {kind} algorithm; use 'lattice_based' or a name of the table")
    name = levels.get(3 if level is None else level)
    if name is None:
        raise UsageError(f"security_level must be 1, 3 or 5, not {level!r}")
    return _BY_NAME[name]


def _named(name: str, level: int | None) -> Algorithm:
    row = algorithm(name)
    if level is not None and row.level < level:
        raise UsageError(f"{row.name} has security level {row.level}, below the {level} asked for")
    return row


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name[:_LONGEST_NAME].casefold(), _BY_FOLDED_NAME, n=3, cutoff=0.5)
    if not near:
        return "see quantum.algorithms_frame() for those there are"
    return f"did you mean {' or '.join(_BY_FOLDED_NAME[one].name for one in near)}?"
