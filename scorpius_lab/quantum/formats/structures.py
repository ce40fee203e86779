"""The ASN.1 structures of key files, declared for the strict DER reader of `cryptography`.

SubjectPublicKeyInfo: RFC 5280 section 4.1. OneAsymmetricKey (PKCS#8): RFC 5958 section 2. EncryptedPrivateKeyInfo: RFC
5958 section 3, with PBES2 and PBKDF2 of RFC 8018 appendix A and scrypt of RFC 7914 section 7.1. The "both" form of
private keys: "Private Key Format" of RFC 9935 (ML-KEM) and RFC 9881 (ML-DSA).
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from cryptography import x509  # noqa: TC002 (the declarations below are read at run time)
from cryptography.hazmat import asn1

from scorpius_lab.errors import InvalidKey

Structure = TypeVar("Structure")


@asn1.sequence
class BareAlgorithm:
    """AlgorithmIdentifier without parameters, as every algorithm here requires."""

    algorithm: x509.ObjectIdentifier


@asn1.sequence
class Algorithm:
    """AlgorithmIdentifier with parameters of any type."""

    algorithm: x509.ObjectIdentifier
    parameters: asn1.TLV


@asn1.sequence
class PublicKeyInfo:
    """SubjectPublicKeyInfo."""

    algorithm: asn1.TLV
    public_key: asn1.BitString


@asn1.sequence
class PublicKeyInfoOut:
    """SubjectPublicKeyInfo as written."""

    algorithm: BareAlgorithm
    public_key: asn1.BitString


@asn1.sequence
class PrivateKeyInfo:
    """OneAsymmetricKey: `public_key` stands there in version 1 only."""

    version: int
    algorithm: asn1.TLV
    private_key: bytes
    attributes: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    public_key: Annotated[asn1.BitString | None, asn1.Implicit(1)]


@asn1.sequence
class PrivateKeyInfoOut:
    """OneAsymmetricKey as written: version 0, no attributes, no public key."""

    version: int
    algorithm: BareAlgorithm
    private_key: bytes


@asn1.sequence
class SeedAndExpanded:
    """The "both" form of an ML-KEM or ML-DSA private key."""

    seed: bytes
    expanded: bytes


@asn1.sequence
class EncryptedPrivateKeyInfo:
    """An encrypted OneAsymmetricKey."""

    algorithm: Algorithm
    ciphertext: bytes


@asn1.sequence
class Pbes2Parameters:
    """The key derivation and the cipher of PBES2."""

    derivation: Algorithm
    cipher: Algorithm


@asn1.sequence
class Pbkdf2Prf:
    """The pseudorandom function of PBKDF2."""

    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class Pbkdf2Parameters:
    """Parameters of PBKDF2; the function is HMAC-SHA-1 where it is left out."""

    salt: bytes
    iterations: int
    key_bytes: int | None
    function: Pbkdf2Prf | None


@asn1.sequence
class ScryptParameters:
    """Parameters of scrypt."""

    salt: bytes
    cost: int
    block_size: int
    parallelization: int
    key_bytes: int | None


def read_der(structure: type[Structure], der: bytes, what: str) -> Structure:
    """`der` as one structure and nothing after it. Raises InvalidKey that says `what` should have stood there."""
    try:
        return asn1.decode_der(structure, der)
    except (ValueError, OverflowError):
        raise InvalidKey(f"the key file is damaged or cut short: it does not hold {what}") from None


def is_structure(structure: type[Structure], der: bytes) -> bool:
    """True if `der` is one structure of this type and nothing after it."""
    try:
        asn1.decode_der(structure, der)
    except (ValueError, OverflowError):
        return False
    return True


def parameterless(algorithm: asn1.TLV) -> str | None:
    """The dotted object identifier of an AlgorithmIdentifier without parameters; None if it is anything else."""
    try:
        bare: BareAlgorithm = algorithm.parse(BareAlgorithm)
    except ValueError:
        return None
    return bare.algorithm.dotted_string
