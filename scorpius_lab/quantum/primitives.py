"""Primitives: key encapsulation and signatures by the names of their standards.

Keys are raw bytes in the forms of the standards, or typed (`PublicKey`, `PrivateKey`). Whatever is wrong with a key
ends in InvalidKey, with a ciphertext in InvalidCiphertext, with a signature in InvalidSignature, and with an
algorithm's name, a message or a context in UsageError. Nothing else is raised, and no message shows a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Final

from scorpius_lab.errors import InvalidCiphertext, InvalidSignature, UsageError
from scorpius_lab.quantum.algorithms import Algorithm, algorithm
from scorpius_lab.quantum.kem import KEMS, Encapsulation, Kem
from scorpius_lab.quantum.keys import BytesLike, KeyPair, PrivateKey, PublicKey, key_bytes
from scorpius_lab.quantum.signature import SIGNATURE_SCHEMES, SignatureScheme

LONGEST_CONTEXT: Final = 255
_CHUNK_BYTES: Final = 1024 * 1024


def generate_keypair(name: str = "X-Wing") -> KeyPair:
    """A fresh pair of keys from the operating system's randomness. Raises UsageError for an unknown algorithm."""
    row = algorithm(name)
    public, private = (KEMS[row.name] if row.kind == "kem" else SIGNATURE_SCHEMES[row.name]).generate()
    return KeyPair(row.name, public, private)


def public_from_private(name: str, private_key: BytesLike | PrivateKey) -> bytes:
    """The public key that belongs to a private one. Raises InvalidKey, UsageError for an unknown algorithm."""
    row = algorithm(name)
    scheme = KEMS[row.name] if row.kind == "kem" else SIGNATURE_SCHEMES[row.name]
    return scheme.public_from_private(_private(row, private_key))


def encapsulate(name: str, public_key: BytesLike | PublicKey) -> Encapsulation:
    """A fresh 32-byte shared secret and the ciphertext that carries it to the owner of `public_key`.

    Raises InvalidKey: wrong type, length or algorithm, or a value out of range; UsageError: unknown algorithm.
    """
    kem = _kem(name)
    return kem.encapsulate(_public(kem.algorithm, public_key))


def decapsulate(name: str, private_key: BytesLike | PrivateKey, ciphertext: BytesLike) -> bytes:
    """The 32-byte shared secret that a ciphertext carries.

    A ciphertext that was changed, or made for another key, gives a secret that nobody else has (implicit rejection,
    FIPS 203 algorithm 18), not an error. Raises InvalidKey; InvalidCiphertext: wrong type or length, or a curve point
    out of range; UsageError: unknown algorithm.
    """
    kem = _kem(name)
    return kem.decapsulate(_private(kem.algorithm, private_key), _ciphertext(kem.algorithm, ciphertext))


def sign(name: str, private_key: BytesLike | PrivateKey, message: BytesLike, context: BytesLike = b"") -> bytes:
    """A signature over `message`; `context` (0 to 255 bytes) separates one use of a key from another.

    SLH-DSA takes 10 ms to a second and is computed in a process of its own while other threads are running.
    Raises InvalidKey; UsageError: unknown algorithm, message not bytes, context longer than 255 bytes.
    """
    scheme = _scheme(name)
    return scheme.sign(_private(scheme.algorithm, private_key), _message(message), _context(context))


def verify(
    name: str, public_key: BytesLike | PublicKey, message: BytesLike, signature: BytesLike, context: BytesLike = b""
) -> None:
    """Return if the signature holds for message, context and key, else raise InvalidSignature.

    Raises also InvalidKey; UsageError: unknown algorithm, message not bytes, context longer than 255 bytes.
    """
    scheme = _scheme(name)
    public = _public(scheme.algorithm, public_key)
    scheme.verify(public, _message(message), _signature(scheme.algorithm, signature), _context(context))


def sign_file(
    name: str, private_key: BytesLike | PrivateKey, path: str | PathLike[str], context: BytesLike = b""
) -> bytes:
    """A signature over a file's content, read in pieces of 1 MiB.

    For ML-DSA and Ed25519+ML-DSA-65 it is the signature `sign` makes over the same bytes; for SLH-DSA it is of its own
    form (see `scorpius_lab.quantum.signature.slh_dsa`) and only `verify_file` accepts it.
    Raises as `sign` does, and UsageError if the file cannot be read.
    """
    scheme = _scheme(name)
    private, checked_context = _private(scheme.algorithm, private_key), _context(context)
    return scheme.sign_stream(private, _chunks(path), checked_context)


def verify_file(
    name: str,
    public_key: BytesLike | PublicKey,
    path: str | PathLike[str],
    signature: BytesLike,
    context: BytesLike = b"",
) -> None:
    """Return if the signature holds for a file's content, else raise InvalidSignature. The inverse of `sign_file`."""
    scheme = _scheme(name)
    public = _public(scheme.algorithm, public_key)
    checked = _signature(scheme.algorithm, signature)
    scheme.verify_stream(public, _chunks(path), checked, _context(context))


def _kem(name: str) -> Kem:
    kem = KEMS.get(name) if type(name) is str else None
    return kem or _kem_of(algorithm(name))


def _kem_of(row: Algorithm) -> Kem:
    if row.kind != "kem":
        raise UsageError(f"{row.name} is a signature algorithm and does not encapsulate")
    return KEMS[row.name]


def _scheme(name: str) -> SignatureScheme:
    scheme = SIGNATURE_SCHEMES.get(name) if type(name) is str else None
    return scheme or _scheme_of(algorithm(name))


def _scheme_of(row: Algorithm) -> SignatureScheme:
    if row.kind != "signature":
        raise UsageError(f"{row.name} is a key encapsulation algorithm and does not sign")
    return SIGNATURE_SCHEMES[row.name]


def _public(row: Algorithm, key: BytesLike | PublicKey) -> bytes:
    if type(key) is bytes and len(key) == row.public_key_bytes:
        return key
    return key_bytes(row, key, row.public_key_bytes, "public")


def _private(row: Algorithm, key: BytesLike | PrivateKey) -> bytes:
    if type(key) is bytes and len(key) == row.private_key_bytes:
        return key
    return key_bytes(row, key, row.private_key_bytes, "private")


def _ciphertext(row: Algorithm, ciphertext: BytesLike) -> bytes:
    data = _bytes_or_none(ciphertext)
    if data is None:
        raise InvalidCiphertext(f"{row.name} ciphertexts are given as bytes, not as {type(ciphertext).__name__}")
    if len(data) != row.ciphertext_bytes:
        raise InvalidCiphertext(
            f"{row.name} ciphertexts are {row.ciphertext_bytes} bytes long, but {len(data)} were given"
        )
    return data


def _signature(row: Algorithm, signature: BytesLike) -> bytes:
    data = _bytes_or_none(signature)
    if data is None:
        raise InvalidSignature(f"{row.name} signatures are given as bytes, not as {type(signature).__name__}")
    if len(data) != row.signature_bytes:
        raise InvalidSignature(
            f"{row.name} signatures are {row.signature_bytes} bytes long, but {len(data)} were given"
        )
    return data


def _context(context: BytesLike) -> bytes:
    data = _bytes_or_none(context)
    if data is None:
        raise UsageError(f"a context is given as bytes, not as {type(context).__name__}")
    if len(data) > LONGEST_CONTEXT:
        raise UsageError(f"a context has at most {LONGEST_CONTEXT} bytes, but {len(data)} were given")
    return data


def _message(message: BytesLike) -> BytesLike:
    if type(message) is bytes:
        return message
    if isinstance(message, memoryview):
        return _flat(message)
    if not isinstance(message, bytes | bytearray):
        raise UsageError(f"a message is given as bytes, not as {type(message).__name__}")
    return message


def _flat(message: memoryview) -> BytesLike:
    """The same memory if it is plain bytes in a row, else a copy of what it shows."""
    try:
        plain = message.format == "B" and message.ndim == 1 and message.c_contiguous
        return message if plain else message.tobytes()
    except ValueError:
        raise UsageError("the memory given as message was released already") from None


def _bytes_or_none(value: object) -> bytes | None:
    if type(value) is bytes:
        return value
    if not isinstance(value, bytes | bytearray | memoryview):
        return None
    try:
        return bytes(value)
    except ValueError:
        return None


def _chunks(path: str | PathLike[str]) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    try:
        with Path(path).open("rb", buffering=0) as file:
            while read := file.readinto(buffer):
                yield buffer[:read]
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a path"
        raise UsageError(f"the file {str(path)[:200]!r} cannot be read: {reason}") from None
