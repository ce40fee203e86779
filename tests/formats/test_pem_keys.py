"""Private keys of every kind are told from texts that only speak of them."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from scorpius_lab.formats.pem_keys import PrivateKey, private_key_after

PEM = Encoding.PEM
RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505 (small, because it is made in each run)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
LOCKED = BestAvailableEncryption(b"x")


def openssh(content: bytes) -> bytes:
    name = b"OPENSSH " + b"PRIVATE KEY-----\n"
    return b"-----BEGIN " + name + base64.b64encode(content) + b"\n-----END " + name


PLAIN = [
    RSA.private_bytes(PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    RSA.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption()),
    EC.private_bytes(PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    ED.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption()),
    ED.private_bytes(PEM, PrivateFormat.OpenSSH, NoEncryption()),
]
ENCRYPTED = [
    EC.private_bytes(PEM, PrivateFormat.PKCS8, LOCKED),
    EC.private_bytes(PEM, PrivateFormat.TraditionalOpenSSL, LOCKED),
    # Only its beginning: the bytes after the cipher's name do not matter here.
    openssh(b"openssh-key-v1\x00\x00\x00\x00\x0aaes256-ctr\x00\x00\x00\x06bcrypt" + bytes(60)),
]
BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


def judged(text: str) -> PrivateKey:
    first, *rest = text.splitlines()
    return private_key_after(first, rest)


@pytest.mark.parametrize("pem", PLAIN)
def test_a_real_key_is_found_however_it_is_written(pem: bytes) -> None:
    text = pem.decode()
    assert judged(text) is PrivateKey.PLAIN
    assert judged(json.dumps({"private_key": text})) is PrivateKey.PLAIN
    quoted = "\n".join(f'    "{line}\\n"' for line in text.splitlines())
    assert judged(quoted) is PrivateKey.PLAIN
    assert judged("\n".join(f"    {line}" for line in text.splitlines())) is PrivateKey.PLAIN
    assert judged("\n".join(text.splitlines()[:2])) is PrivateKey.PLAIN


@pytest.mark.parametrize("pem", ENCRYPTED)
def test_an_encrypted_key_is_told_from_a_plain_one(pem: bytes) -> None:
    assert judged(pem.decode()) is PrivateKey.ENCRYPTED


@pytest.mark.parametrize(
    "text",
    [
        BEGIN,
        f'assert text.startswith("{BEGIN}")',
        f"{BEGIN}\nSECRETBODY\n{END}",
        f"{BEGIN}\n{'QUJD' * 30}\n{END}",
        f"{BEGIN}\nMIIB\n{END}",
        f"{BEGIN}\n...\n{END}",
        "no header at all",
    ],
)
def test_a_text_that_only_speaks_of_a_key_is_none(text: str) -> None:
    assert judged(text) is PrivateKey.NONE
