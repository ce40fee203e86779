"""Private keys encrypted under a passphrase, as others write them: PBES2 of RFC 8018 with PBKDF2 or scrypt.

The file says how much work the passphrase costs, so the work is bounded before it is begun.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7

from scorpius_lab.errors import InvalidKey
from scorpius_lab.quantum.formats.structures import (
    Algorithm,
    EncryptedPrivateKeyInfo,
    Pbes2Parameters,
    Pbkdf2Parameters,
    ScryptParameters,
    Structure,
    read_der,
)

MOST_ITERATIONS: Final = 10_000_000
MOST_SCRYPT_MEMORY: Final = 256 * 1024 * 1024
MOST_SCRYPT_WORK: Final = 2**22  # N * r * p; about two seconds
BLOCK_BYTES: Final = 16

_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_SCRYPT: Final = "1.3.6.1.4.1.11591.4.11"
_AES_CBC_KEY_BYTES: Final = {
    "2.16.840.1.101.3.4.1.2": 16,
    "2.16.840.1.101.3.4.1.22": 24,
    "2.16.840.1.101.3.4.1.42": 32,
}
_HMAC: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "1.2.840.113549.2.7": hashes.SHA1,
    "1.2.840.113549.2.8": hashes.SHA224,
    "1.2.840.113549.2.9": hashes.SHA256,
    "1.2.840.113549.2.10": hashes.SHA384,
    "1.2.840.113549.2.11": hashes.SHA512,
}
_DEFAULT_HMAC: Final = "1.2.840.113549.2.7"
_WRONG_PASSPHRASE: Final = "the passphrase is wrong, or the encrypted key is damaged"  # noqa: S105 (a message)
_CANNOT_OPEN: Final = "write the key again with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256`"


def decrypt(der: bytes, passphrase: bytes) -> bytes:
    """The PKCS#8 DER inside an EncryptedPrivateKeyInfo.

    AES-CBC with a key from PBKDF2 (HMAC with SHA-1 or SHA-2, at most 10 million iterations) or scrypt (at most 256 MiB
    and N*r*p of 2^22). CBC has no tag, so a wrong passphrase is noticed by the padding, or else by what stands where
    the key should be; the caller must treat DER that does not parse as a wrong passphrase too. Raises InvalidKey.
    """
    container = read_der(EncryptedPrivateKeyInfo, der, "an encrypted private key (PKCS#8)")
    scheme = container.algorithm
    if scheme.algorithm.dotted_string != _PBES2:
        raise InvalidKey(f"the key is encrypted in an old way that is not opened here; {_CANNOT_OPEN}")
    parameters = _parameters(Pbes2Parameters, scheme)
    identifier = parameters.cipher.algorithm.dotted_string
    key_bytes = _AES_CBC_KEY_BYTES.get(identifier)
    if key_bytes is None:
        raise InvalidKey(f"the key is encrypted with a cipher other than AES-CBC ({identifier}); {_CANNOT_OPEN}")
    vector = _parameters(bytes, parameters.cipher)
    if len(vector) != BLOCK_BYTES:
        raise InvalidKey("the encrypted key is damaged: its initialization vector is not 16 bytes")
    key = _derive(parameters.derivation, passphrase, key_bytes)
    return _decrypt_cbc(key, vector, container.ciphertext)


def wrong_passphrase() -> InvalidKey:
    """The error for a passphrase that does not open a key."""
    return InvalidKey(_WRONG_PASSPHRASE)


def _decrypt_cbc(key: bytes, vector: bytes, ciphertext: bytes) -> bytes:
    if not ciphertext or len(ciphertext) % BLOCK_BYTES:
        raise InvalidKey("the encrypted key is damaged: its length is not a multiple of the cipher's block")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    remover = PKCS7(BLOCK_BYTES * 8).unpadder()
    try:
        return remover.update(padded) + remover.finalize()
    except ValueError:
        raise wrong_passphrase() from None


def _derive(derivation: Algorithm, passphrase: bytes, key_bytes: int) -> bytes:
    identifier = derivation.algorithm.dotted_string
    if identifier == _PBKDF2:
        return _derive_pbkdf2(_parameters(Pbkdf2Parameters, derivation), passphrase, key_bytes)
    if identifier == _SCRYPT:
        return _derive_scrypt(_parameters(ScryptParameters, derivation), passphrase, key_bytes)
    raise InvalidKey(f"the key is encrypted with an unknown key derivation ({identifier}); {_CANNOT_OPEN}")


def _derive_pbkdf2(cost: Pbkdf2Parameters, passphrase: bytes, key_bytes: int) -> bytes:
    identifier = cost.function.algorithm.dotted_string if cost.function else _DEFAULT_HMAC
    function = _HMAC.get(identifier)
    if function is None:
        raise InvalidKey(f"the key is encrypted with PBKDF2 over an unknown function ({identifier}); {_CANNOT_OPEN}")
    if not 1 <= cost.iterations <= MOST_ITERATIONS:
        raise InvalidKey(f"the encrypted key asks for {_count(cost.iterations)} PBKDF2 iterations; 1 to 10 million do")
    _check_key_bytes(cost.key_bytes, key_bytes)
    return PBKDF2HMAC(function(), key_bytes, cost.salt, cost.iterations).derive(passphrase)


def _derive_scrypt(cost: ScryptParameters, passphrase: bytes, key_bytes: int) -> bytes:
    n, r, p = cost.cost, cost.block_size, cost.parallelization
    memory = 128 * n * r
    if min(n - 1, r, p) < 1 or memory > MOST_SCRYPT_MEMORY or n * r * p > MOST_SCRYPT_WORK:
        raise InvalidKey(
            f"the encrypted key asks for scrypt with N={_count(n)}, r={_count(r)}, p={_count(p)}, "
            "which is more than the 256 MiB and N*r*p of 2^22 allowed, or nothing at all"
        )
    _check_key_bytes(cost.key_bytes, key_bytes)
    try:
        return Scrypt(salt=cost.salt, length=key_bytes, n=n, r=r, p=p).derive(passphrase)
    except (ValueError, MemoryError):
        raise InvalidKey(f"the encrypted key's scrypt cost is not valid: N={n}, r={r}, p={p}") from None


def _check_key_bytes(stated: int | None, needed: int) -> None:
    if stated not in (None, needed):
        raise InvalidKey("the encrypted key is damaged: its key derivation and its cipher disagree on the key's length")


def _count(value: int) -> str:
    return f"{value:,}" if abs(value) < MOST_SCRYPT_MEMORY else "too many"


def _parameters(structure: type[Structure], algorithm: Algorithm) -> Structure:
    try:
        parsed: Structure = algorithm.parameters.parse(structure)
    except (ValueError, OverflowError):
        raise InvalidKey(
            f"the encrypted key's parameters are damaged, or of a kind not opened here; {_CANNOT_OPEN}"
        ) from None
    return parsed
