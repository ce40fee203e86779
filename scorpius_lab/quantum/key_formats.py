"""Keys as files that other programs read: PKCS#8 and SubjectPublicKeyInfo, PEM or DER, encrypted or not.

Every algorithm of the table has such a form, but for private keys of P-384+ML-KEM-1024. Private keys are written in
the seed form where the standard has one, which `openssl` 3.5 and later and `cryptography` read; ML-KEM-512 is written
as the expanded key, because no library here makes it from a seed. Formats and object identifiers: RFC 9935 (ML-KEM),
RFC 9881 (ML-DSA), RFC 9909 (SLH-DSA), and the drafts named in `formats.identifiers`.

| private key made by others | ML-KEM-512 | ML-KEM-768, -1024, ML-DSA | SLH-DSA, X-Wing, Ed25519+ML-DSA-65 |
|---|---|---|---|
| seed | refused, the error says how to convert | imported | imported (the one form) |
| expanded key | imported after a check | refused, the error says how to convert | does not exist |
| both | expanded key imported after a check | seed imported after a check | does not exist |
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat import asn1

from scorpius_lab.core.pkcs8 import encrypted_der
from scorpius_lab.errors import InvalidKey, UsageError
from scorpius_lab.quantum.algorithms import algorithm
from scorpius_lab.quantum.formats.encryption import decrypt, wrong_passphrase
from scorpius_lab.quantum.formats.identifiers import identifier_of, name_of
from scorpius_lab.quantum.formats.pem import Block, pem_text, read_block
from scorpius_lab.quantum.formats.private_forms import read_private_content, write_private_content
from scorpius_lab.quantum.formats.structures import (
    BareAlgorithm,
    EncryptedPrivateKeyInfo,
    PrivateKeyInfo,
    PrivateKeyInfoOut,
    PublicKeyInfo,
    PublicKeyInfoOut,
    is_structure,
    parameterless,
    read_der,
)
from scorpius_lab.quantum.keys import PrivateKey, PublicKey
from scorpius_lab.quantum.primitives import encapsulate, public_from_private

Encoding = Literal["pem", "der"]

PRIVATE_LABEL: Final = "PRIVATE KEY"
ENCRYPTED_LABEL: Final = "ENCRYPTED PRIVATE KEY"
PUBLIC_LABEL: Final = "PUBLIC KEY"


def export_private(private: PrivateKey, *, encoding: Encoding = "pem", passphrase: str | bytes | None = None) -> bytes:
    """A private key as PKCS#8, PEM text or DER, encrypted with scrypt and AES-256-CBC where a passphrase is given.

    Raises InvalidKey: not a PrivateKey, or an algorithm whose keys have no such form; UsageError: an empty or wrongly
    typed passphrase, an unknown encoding.
    """
    if not isinstance(private, PrivateKey):
        raise InvalidKey(f"a typed private key is exported, not {type(private).__name__}; make it with PrivateKey(...)")
    secret = _passphrase_bytes(passphrase)
    identifier = x509.ObjectIdentifier(identifier_of(private.algorithm))
    content = write_private_content(private.algorithm, private.data)
    info = PrivateKeyInfoOut(version=0, algorithm=BareAlgorithm(algorithm=identifier), private_key=content)
    der = asn1.encode_der(info)
    if secret is None:
        return _encoded(PRIVATE_LABEL, der, encoding)
    return _encoded(ENCRYPTED_LABEL, encrypted_der(der, secret), encoding)


def export_public(public: PublicKey, *, encoding: Encoding = "pem") -> bytes:
    """A public key as SubjectPublicKeyInfo, PEM text or DER.

    Raises InvalidKey: not a PublicKey, or an algorithm whose keys have no such form; UsageError: an unknown encoding.
    """
    if not isinstance(public, PublicKey):
        raise InvalidKey(f"a typed public key is exported, not {type(public).__name__}; make it with PublicKey(...)")
    identifier = x509.ObjectIdentifier(identifier_of(public.algorithm))
    bits = asn1.BitString(public.data, 0)
    info = PublicKeyInfoOut(algorithm=BareAlgorithm(algorithm=identifier), public_key=bits)
    return _encoded(PUBLIC_LABEL, asn1.encode_der(info), encoding)


def load_private(data: bytes, passphrase: str | bytes | None = None) -> PrivateKey:
    """The private key in a PKCS#8 file, PEM or DER, of any algorithm that has such a form.

    Which forms made by others are imported is in the table above; expanded keys are checked before they are taken
    (`formats.expanded_ml_kem`, `formats.expanded_ml_dsa` say what that proves). A public key that stands in the file
    must be the one of the private key. For SLH-DSA that shows no more than that two copies agree.
    Raises InvalidKey: damaged, several keys, another kind of key or of file, an unsupported form, a wrong or missing
    passphrase; UsageError: a passphrase that is empty or not text.
    """
    secret = _passphrase_bytes(passphrase)
    block = read_block(data)
    der, encrypted = _unencrypted(block, secret)
    try:
        return _private_key(der)
    except InvalidKey:
        if encrypted and not is_structure(PrivateKeyInfo, der):
            raise wrong_passphrase() from None
        raise


def load_public(data: bytes) -> PublicKey:
    """The public key in a SubjectPublicKeyInfo file, PEM or DER, of any algorithm that has such a form.

    The value of a key encapsulation key is checked too, before anybody encrypts to it (FIPS 203 section 7.2).
    Raises InvalidKey: damaged, several keys, another kind of key or of file.
    """
    block = read_block(data)
    if block.label not in (None, PUBLIC_LABEL):
        raise InvalidKey(f"the file holds a {_label(block)}, not a {PUBLIC_LABEL}")
    info = read_der(PublicKeyInfo, block.der, "a public key (SubjectPublicKeyInfo)")
    name = name_of(parameterless(info.algorithm))
    public = PublicKey(name, _whole_bytes(info.public_key, name))
    if algorithm(name).kind == "kem":
        encapsulate(name, public)
    return public


def _unencrypted(block: Block, passphrase: bytes | None) -> tuple[bytes, bool]:
    """The PKCS#8 DER, and whether it had to be decrypted."""
    if block.label not in (None, PRIVATE_LABEL, ENCRYPTED_LABEL):
        raise InvalidKey(f"the file holds a {_label(block)}, not a {PRIVATE_LABEL}")
    if not _is_encrypted(block):
        if passphrase is not None:
            raise InvalidKey(
                "a passphrase was given but the private key is not encrypted; give none, and protect the key"
            )
        return block.der, False
    if passphrase is None:
        raise InvalidKey("the private key is encrypted; give its passphrase")
    return decrypt(block.der, passphrase), True


def _is_encrypted(block: Block) -> bool:
    if block.label is not None:
        return block.label == ENCRYPTED_LABEL
    # Without a label: PrivateKeyInfo begins with an integer, EncryptedPrivateKeyInfo with a sequence.
    return is_structure(EncryptedPrivateKeyInfo, block.der)


def _private_key(der: bytes) -> PrivateKey:
    info = read_der(PrivateKeyInfo, der, "a private key (PKCS#8)")
    # RFC 5958 section 2: version 1 if a public key is present, else version 0.
    if info.version != int(info.public_key is not None):
        raise InvalidKey("the private key has a PKCS#8 version that does not exist, or not the one of its content")
    name = name_of(parameterless(info.algorithm))
    private = PrivateKey(name, read_private_content(name, info.private_key))
    public = public_from_private(name, private)
    if info.public_key is not None and not compare_digest(_whole_bytes(info.public_key, name), public):
        raise InvalidKey(f"the file holds a public key that is not the one of its {name} private key")
    return private


def _whole_bytes(bits: asn1.BitString, name: str) -> bytes:
    if bits.padding_bits():
        raise InvalidKey(f"the {name} public key is damaged: it does not fill whole bytes")
    return bits.as_bytes()


def _label(block: Block) -> str:
    """A label as an error may show it."""
    return (block.label or "")[:40]


def _encoded(label: str, der: bytes, encoding: str) -> bytes:
    if encoding not in ("pem", "der"):
        raise UsageError(f"a key is encoded as 'pem' or 'der', not as {str(encoding)[:20]!r}")
    return der if encoding == "der" else pem_text(label, der)


def _passphrase_bytes(passphrase: str | bytes | None) -> bytes | None:
    if passphrase is None:
        return None
    if not isinstance(passphrase, str | bytes):
        raise UsageError(f"a passphrase is text or bytes, not {type(passphrase).__name__}")
    if not passphrase:
        raise UsageError("the passphrase is empty; give one, or None for a key that is not encrypted")
    try:
        return passphrase.encode() if isinstance(passphrase, str) else passphrase
    except UnicodeEncodeError:
        raise UsageError("the passphrase holds half a character and cannot be written as UTF-8") from None
