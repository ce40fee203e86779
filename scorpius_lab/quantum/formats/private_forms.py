"""What stands inside the private key of a PKCS#8 file, for each family of algorithms.

ML-KEM and ML-DSA have three forms ("Private Key Format" of RFC 9935 and RFC 9881): the seed, the expanded key, and
both. This package keeps seeds, so the seed form is written, and read. SLH-DSA ("Private Key Format" of RFC 9909),
X-Wing and composite keys stand there raw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat import asn1

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.formats.expanded_ml_dsa import check_expanded_ml_dsa
from scorpius_lab.quantum.formats.expanded_ml_kem import check_expanded_ml_kem, check_seed_of_ml_kem_512
from scorpius_lab.quantum.formats.structures import SeedAndExpanded, read_der

_SEED_TAG: Final = 0x80
_OCTETS_TAG: Final = 0x04
_SEQUENCE_TAG: Final = 0x30
_EXPANDED_ONLY: Final = "ML-KEM-512"
_WITHOUT_FORM: Final = "P-384+ML-KEM-1024"


@dataclass(frozen=True, slots=True)
class LatticeForms:
    """Sizes in bytes of the two things an ML-KEM or ML-DSA key file can hold, and openssl's option to choose one."""

    seed: int
    expanded: int
    openssl_option: str


LATTICE_FORMS: Final = {
    "ML-KEM-512": LatticeForms(64, 1632, "ml-kem.output_formats"),
    "ML-KEM-768": LatticeForms(64, 2400, "ml-kem.output_formats"),
    "ML-KEM-1024": LatticeForms(64, 3168, "ml-kem.output_formats"),
    "ML-DSA-44": LatticeForms(32, 2560, "ml-dsa.output_formats"),
    "ML-DSA-65": LatticeForms(32, 4032, "ml-dsa.output_formats"),
    "ML-DSA-87": LatticeForms(32, 4896, "ml-dsa.output_formats"),
}


def write_private_content(name: str, data: bytes) -> bytes:
    """The content of the PKCS#8 octet string for a private key in this package's form.

    Raises InvalidKey for P-384+ML-KEM-1024, which has no such form.
    """
    _check_has_form(name)
    forms = LATTICE_FORMS.get(name)
    if forms is None:
        return data
    if name == _EXPANDED_ONLY:
        return asn1.encode_der(data)
    return bytes([_SEED_TAG, forms.seed]) + data


def read_private_content(name: str, content: bytes) -> bytes:
    """The private key in this package's form, from the content of a PKCS#8 octet string. Raises InvalidKey."""
    _check_has_form(name)
    forms = LATTICE_FORMS.get(name)
    if forms is None:
        return _raw(name, content)
    tag = content[0] if content else None
    if tag == _SEED_TAG:
        return _from_seed(name, content, forms)
    if tag == _OCTETS_TAG:
        return _from_expanded(name, read_der(bytes, content, f"an expanded {name} key"), forms)
    if tag == _SEQUENCE_TAG:
        return _from_both(name, read_der(SeedAndExpanded, content, f"a seed and an expanded {name} key"), forms)
    raise InvalidKey(
        f"the {name} private key is in none of the three standard forms (seed, expanded key, both); "
        f"{_how_to_get_the_seed(name, forms)}"
    )


def _check_has_form(name: str) -> None:
    """Raises InvalidKey where the registered form (draft-ietf-lamps-pq-composite-kem section 4.2) drops the seed."""
    if name == _WITHOUT_FORM:
        raise InvalidKey(
            f"{name} private keys have no PEM or DER form here, because the registered one holds the two keys that the "
            "seed expands to and not the seed; keep the 32 raw bytes"
        )


def _raw(name: str, content: bytes) -> bytes:
    expected = algorithm(name).private_key_bytes
    if len(content) != expected:
        raise InvalidKey(f"the {name} private key has {len(content)} bytes; it must have {expected}")
    return content


def _from_seed(name: str, content: bytes, forms: LatticeForms) -> bytes:
    if content[1:2] != bytes([forms.seed]) or len(content) != 2 + forms.seed:
        raise InvalidKey(f"the {name} private key is in seed form, but the seed is not {forms.seed} bytes")
    if name == _EXPANDED_ONLY:
        raise InvalidKey(
            "the ML-KEM-512 private key is in seed form, which no library here can expand; write it as an expanded key "
            f"with `openssl pkey -in KEY -provparam {forms.openssl_option}=priv-only -out NEW`, or use ML-KEM-768"
        )
    return content[2:]


def _from_expanded(name: str, expanded: bytes, forms: LatticeForms) -> bytes:
    _check_size(name, "expanded key", expanded, forms.expanded)
    if name == _EXPANDED_ONLY:
        check_expanded_ml_kem(name, expanded)
        return expanded
    raise InvalidKey(
        f"the {name} private key is in expanded form, without the seed that is needed here and that cannot be computed "
        f"from it; {_how_to_get_the_seed(name, forms)}"
    )


def _from_both(name: str, both: SeedAndExpanded, forms: LatticeForms) -> bytes:
    _check_size(name, "seed", both.seed, forms.seed)
    _check_size(name, "expanded key", both.expanded, forms.expanded)
    if name == _EXPANDED_ONLY:
        check_expanded_ml_kem(name, both.expanded)
        check_seed_of_ml_kem_512(both.seed, both.expanded)
        return both.expanded
    if name.startswith("ML-KEM"):
        check_expanded_ml_kem(name, both.expanded, seed=both.seed)
    else:
        check_expanded_ml_dsa(name, both.seed, both.expanded)
    return both.seed


def _check_size(name: str, part: str, value: bytes, expected: int) -> None:
    if len(value) != expected:
        raise InvalidKey(f"the {part} of the {name} private key has {len(value)} bytes; it must have {expected}")


def _how_to_get_the_seed(name: str, forms: LatticeForms) -> str:
    if name == _EXPANDED_ONLY:
        return f"write it with `openssl pkey -in KEY -provparam {forms.openssl_option}=priv-only -out NEW`"
    return (
        "where the program that made the key kept the seed, write it with "
        f"`openssl pkey -in KEY -provparam {forms.openssl_option}=seed-only -out NEW`, else make a new key"
    )
