"""Signatures with two algorithms at once, Ed25519 and ML-DSA-65, where both must hold.

A signature is detached and in the raw form of each standard (RFC 8032; FIPS 204 pure mode with an empty context), so
that a stock `openssl` of version 3.5 or later verifies it without this package:

    openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in FILE -sigfile SIG

A signer is named by the SHA-256 of its two public key files, one after the other in the order of `ALGORITHMS`, so
`cat signer-ed25519.pem signer-ml-dsa-65.pem | sha256sum` prints the full id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scorpius_lab.errors import InvalidSignature, KeyStoreError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

LARGEST_FILE: Final = 256 * 1024 * 1024
SEED_BYTES: Final = 32


class Algorithm(StrEnum):
    """The halves of a signature; the value is also what files are called (`signer-ed25519.pem`)."""

    ED25519 = "ed25519"
    ML_DSA_65 = "ml-dsa-65"

    @property
    def label(self) -> str:
        """The name of the algorithm as its standard writes it."""
        return {"ed25519": "Ed25519", "ml-dsa-65": "ML-DSA-65"}[self.value]


ALGORITHMS: Final = (Algorithm.ED25519, Algorithm.ML_DSA_65)
SIGNATURE_BYTES: Final = {Algorithm.ED25519: 64, Algorithm.ML_DSA_65: 3309}


@dataclass(frozen=True, slots=True)
class DetachedSignature:
    """Both halves of one signature, each in the raw form of its standard."""

    ed25519: bytes
    ml_dsa_65: bytes

    def half(self, algorithm: Algorithm) -> bytes:
        """The bytes of one half."""
        return self.ed25519 if algorithm is Algorithm.ED25519 else self.ml_dsa_65


@dataclass(frozen=True, slots=True)
class Signer:
    """The public side of an identity: two public keys as SPKI PEM, and the id that binds them."""

    ed25519: str
    ml_dsa_65: str

    @classmethod
    def from_pem(cls, ed25519: str, ml_dsa_65: str) -> Signer:
        """A signer from two PEM texts. Raises KeyStoreError if one is not a key of its kind in its canonical form."""
        _ed25519_public(ed25519)
        _ml_dsa_public(ml_dsa_65)
        signer = cls(ed25519, ml_dsa_65)
        for algorithm in ALGORITHMS:
            if _canonical_pem(algorithm, signer.pem(algorithm)) != signer.pem(algorithm):
                raise KeyStoreError(
                    f"the {algorithm.label} public key is not written in the one form SPKI PEM has; "
                    "export it again, without other text, CRLF or extra lines"
                )
        return signer

    @property
    def id(self) -> str:
        """64 hex digits: the SHA-256 of both PEM texts, Ed25519 first."""
        return hashlib.sha256((self.ed25519 + self.ml_dsa_65).encode("ascii")).hexdigest()

    @property
    def short_id(self) -> str:
        """The first 64 bits of the id for people, like `7F3A 91C2 0B44 D1E8`; decide by `id`, never by this."""
        return short_signer_id(self.id)

    def pem(self, algorithm: Algorithm) -> str:
        """One public key as SPKI PEM."""
        return self.ed25519 if algorithm is Algorithm.ED25519 else self.ml_dsa_65

    def verify(self, content: bytes, signature: DetachedSignature) -> None:
        """Return if both halves hold over `content`. Raises InvalidSignature that names the half (or both)."""
        failed = [a.label for a in ALGORITHMS if not self.half_holds(a, content, signature.half(a))]
        if failed:
            halves = " and the ".join(failed)
            raise InvalidSignature(f"the {halves} signature does not hold for this content and signer {self.short_id}")

    def half_holds(self, algorithm: Algorithm, content: bytes, signature: bytes) -> bool:
        """True if one half holds. Half a signature proves nothing here: decide by `verify`."""
        from cryptography.exceptions import InvalidSignature as Rejected

        public = _ed25519_public(self.ed25519) if algorithm is Algorithm.ED25519 else _ml_dsa_public(self.ml_dsa_65)
        try:
            public.verify(signature, content)
        except Rejected:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """A pair of private keys that sign together. It is not printable and is not written anywhere by itself.

    Kept on disk by `scorpius_lab.core.keys`.
    """

    _ed25519: Ed25519PrivateKey = field(repr=False)
    _ml_dsa_65: MLDSA65PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> SigningIdentity:
        """A fresh identity from the operating system's randomness."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

        return cls(Ed25519PrivateKey.generate(), MLDSA65PrivateKey.generate())

    @classmethod
    def from_seeds(cls, ed25519: bytes, ml_dsa_65: bytes) -> SigningIdentity:
        """The identity of two 32-byte seeds (RFC 8032 section 5.1.5; FIPS 204 algorithm 1, xi)."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

        if len(ed25519) != SEED_BYTES or len(ml_dsa_65) != SEED_BYTES:
            raise KeyStoreError(f"a signing seed has the wrong length; each must be {SEED_BYTES} bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(ed25519), MLDSA65PrivateKey.from_seed_bytes(ml_dsa_65))

    @classmethod
    def load(cls, path: Path, passphrase: str | None = None) -> SigningIdentity:
        """The identity kept in a key file. Raises KeyStoreError: missing, damaged, open to others, wrong passphrase."""
        from scorpius_lab.core.keys import read_signing_identity

        return read_signing_identity(path, passphrase)

    def save(self, path: Path, passphrase: str | None = None) -> None:
        """Write a new key file, mode 0600, encrypted if a passphrase is given. Raises KeyStoreError if it exists."""
        from scorpius_lab.core.keys import write_signing_identity

        write_signing_identity(self, path, passphrase)

    @property
    def signer(self) -> Signer:
        """The public side, to hand out."""
        return Signer(_public_pem(self._ed25519.public_key()), _public_pem(self._ml_dsa_65.public_key()))

    def sign(self, content: bytes) -> DetachedSignature:
        """Both signatures over `content`."""
        return DetachedSignature(self._ed25519.sign(content), self._ml_dsa_65.sign(content))

    def sign_file(self, path: Path) -> DetachedSignature:
        """Both signatures over a file's bytes. Raises KeyStoreError above 256 MiB: sign the file's checksums then."""
        return self.sign(_content(path))

    def seeds(self) -> Iterator[bytes]:
        """The two secret seeds, Ed25519 first, for a key store that wraps them."""
        yield self._ed25519.private_bytes_raw()
        yield self._ml_dsa_65.private_bytes_raw()

    def private_keys(self) -> Iterator[Ed25519PrivateKey | MLDSA65PrivateKey]:
        """The two private keys in the order of `ALGORITHMS`."""
        yield self._ed25519
        yield self._ml_dsa_65


def verify_file(path: Path, signature: DetachedSignature, signer: Signer) -> None:
    """Return if both halves hold over a file's bytes. Raises InvalidSignature that names file and half."""
    try:
        signer.verify(_content(path), signature)
    except InvalidSignature as error:
        raise InvalidSignature(f"{path.name}: {error}") from None


def short_signer_id(signer_id: str) -> str:
    """The first 64 bits of a signer id in groups of four, like `7F3A 91C2 0B44 D1E8`."""
    digits = signer_id[:16].upper()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def openssl_verify_command(key: str, content: str, signature: str) -> str:
    """The command of OpenSSL 3.5 or later that verifies one half; the names are file names, used as they are."""
    return f"openssl pkeyutl -verify -pubin -inkey {key} -rawin -in {content} -sigfile {signature}"


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE:
        raise KeyStoreError(f"{path.name} is larger than 256 MiB; sign a file that holds its SHA-256 instead")
    return path.read_bytes()


def _public_pem(key: Ed25519PublicKey | MLDSA65PublicKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _canonical_pem(algorithm: Algorithm, pem: str) -> str:
    return _public_pem(_ed25519_public(pem) if algorithm is Algorithm.ED25519 else _ml_dsa_public(pem))


def _load_public(pem: str, title: str) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        raise KeyStoreError(f"the {title} public key is not readable as SPKI PEM") from None


def _ed25519_public(pem: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = _load_public(pem, Algorithm.ED25519.label)
    if not isinstance(key, Ed25519PublicKey):
        raise KeyStoreError("the key in the place of the Ed25519 public key is of another algorithm")
    return key


def _ml_dsa_public(pem: str) -> MLDSA65PublicKey:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

    key = _load_public(pem, Algorithm.ML_DSA_65.label)
    if not isinstance(key, MLDSA65PublicKey):
        raise KeyStoreError("the key in the place of the ML-DSA-65 public key is of another algorithm")
    return key
