"""Encrypted PKCS#8 with scrypt, which `cryptography` reads but does not write (its own form uses 2,048 PBKDF2 rounds).

EncryptedPrivateKeyInfo of RFC 5958 section 3, with PBES2 (RFC 8018 appendix A.4), scrypt (RFC 7914 section 7.1) and
AES-256-CBC (RFC 8018 appendix B.2.5). The scrypt cost fits the 32 MiB limit of the `openssl` command, which therefore
opens these files too.
"""

from __future__ import annotations

import base64
import os
from typing import Final

COST: Final = 2**14
BLOCK_SIZE: Final = 8
PARALLELIZATION: Final = 5
SALT_BYTES: Final = 16
BLOCK_BITS: Final = 128
LINE: Final = 64
LONG_FORM: Final = 0x80

_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT: Final = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC: Final = bytes.fromhex("060960864801650304012a")


def encrypted_pem(private_key: bytes, passphrase: str) -> bytes:
    """PEM text of a PKCS#8 private key (DER, unencrypted) encrypted under a passphrase."""
    return _pem(encrypted_der(private_key, passphrase.encode()))


def encrypted_der(private_key: bytes, passphrase: bytes) -> bytes:
    """EncryptedPrivateKeyInfo (DER) of a PKCS#8 private key (DER, unencrypted), under the bytes of a passphrase.

    The cost, N=2^14 r=8 p=5, is one of the equivalents OWASP's password storage guidance lists for scrypt.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    from cryptography.hazmat.primitives.padding import PKCS7

    salt, vector = os.urandom(SALT_BYTES), os.urandom(BLOCK_BITS // 8)
    key = Scrypt(salt=salt, length=32, n=COST, r=BLOCK_SIZE, p=PARALLELIZATION).derive(passphrase)
    padder = PKCS7(BLOCK_BITS).padder()
    padded = padder.update(private_key) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(vector)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()

    cost = _sequence(_octets(salt), _integer(COST), _integer(BLOCK_SIZE), _integer(PARALLELIZATION))
    parameters = _sequence(_sequence(_SCRYPT, cost), _sequence(_AES_256_CBC, _octets(vector)))
    return _sequence(_sequence(_PBES2, parameters), _octets(ciphertext))


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der).decode("ascii")
    lines = [text[i : i + LINE] for i in range(0, len(text), LINE)]
    label = "ENCRYPTED PRIVATE KEY"
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode("ascii")


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < LONG_FORM:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, LONG_FORM | len(length)]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _octets(content: bytes) -> bytes:
    return _tagged(0x04, content)


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
