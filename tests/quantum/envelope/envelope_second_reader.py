"""A second reader of envelopes, written from docs/formats/envelope.md alone: `cryptography`, hashlib and nothing of ours.

It is the proof that the document suffices. ML-KEM-512 is left out because `cryptography` does not have it.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM1024PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AEADS = {1: AESGCM, 2: ChaCha20Poly1305}
KEMS = {
    1: ("ML-KEM-512", 768),
    2: ("ML-KEM-768", 1088),
    3: ("ML-KEM-1024", 1568),
    4: ("X-Wing", 1120),
    5: ("P-384+ML-KEM-1024", 1665),
}


class Refused(Exception):
    """The envelope is not good."""


def read_envelope(envelope: bytes, kem: str, private_key: bytes, associated_data: bytes) -> bytes:
    """The plaintext, by the steps of "Opening one" (no policy)."""
    if envelope[:8] != bytes.fromhex("73636f7270656e76") or envelope[8] != 1:
        raise Refused("mark or version")
    suite, exponent, salt, commitment = envelope[9], envelope[10], envelope[11:43], envelope[43:107]
    parameters, fixed = envelope[:43], envelope[:107]
    if suite not in AEADS or not 10 <= exponent <= 20:
        raise Refused("suite or chunk size")
    aead = AEADS[suite]
    entries, end = _entries(envelope)
    authenticated, mac, payload = envelope[:end], envelope[end : end + 64], envelope[end + 64 :]

    public_key = _public_key(kem, private_key)
    name = kem.encode()
    key_id = hashlib.sha256(b"scorpius key id v1" + bytes([len(name)]) + name + public_key).digest()[:16]
    code = next(code for code, (known, _) in KEMS.items() if known == kem)
    prefix = bytes([code]) + key_id
    if prefix not in entries:
        raise Refused("not a recipient")
    encapsulation, wrapped = entries[prefix]
    secret = _decapsulate(kem, private_key, encapsulation)
    context = hashlib.sha512(fixed + prefix + public_key + encapsulation).digest()
    wrapping_key = HKDF(SHA512(), 32, salt, b"scorpius envelope v1 wrap" + context).derive(secret)
    file_key = aead(wrapping_key).decrypt(bytes(12), wrapped, None)

    digest = hashlib.sha512(associated_data).digest()
    expected = _derive(file_key, salt, b"scorpius envelope v1 header" + hashlib.sha512(authenticated).digest(), 64)
    if not hmac.compare_digest(expected, mac):
        raise Refused("header MAC")
    expected = _derive(file_key, salt, b"scorpius envelope v1 commitment" + parameters + digest, 64)
    if not hmac.compare_digest(expected, commitment):
        raise Refused("commitment")
    derived = _derive(file_key, salt, b"scorpius envelope v1 payload" + fixed + digest, 39)
    return _chunks(aead(derived[:32]), derived[32:], fixed, payload, 2**exponent)


def _entries(envelope: bytes) -> tuple[dict[bytes, tuple[bytes, bytes]], int]:
    count, position = int.from_bytes(envelope[107:109], "big"), 109
    if not 1 <= count <= 1000:
        raise Refused("recipients")
    entries, previous = {}, b""
    for _ in range(count):
        prefix = envelope[position : position + 17]
        if prefix <= previous:
            raise Refused("order")
        length = KEMS[prefix[0]][1]
        start = position + 17
        position = start + length + 48
        entries[prefix] = (envelope[start : start + length], envelope[start + length : position])
        previous = prefix
    return entries, position


def _derive(file_key: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    return HKDFExpand(SHA512(), size, info).derive(HKDF.extract(SHA512(), salt, file_key))


def _chunks(cipher, prefix: bytes, fixed: bytes, payload: bytes, size: int) -> bytes:
    plaintext, number = b"", 0
    while True:
        chunk, payload = payload[: size + 16], payload[size + 16 :]
        last = b"\x00" if payload else b"\x01"
        if number and len(chunk) <= 16:
            raise Refused("empty chunk")
        plaintext += cipher.decrypt(prefix + number.to_bytes(4, "big") + last, chunk, fixed)
        number += 1
        if not payload:
            return plaintext


def _public_key(kem: str, seed: bytes) -> bytes:
    if kem == "ML-KEM-768":
        return MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
    if kem == "ML-KEM-1024":
        return MLKEM1024PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
    lattice, curve = _halves(kem, seed)
    return lattice.public_key().public_bytes_raw() + _curve_public(curve)


def _halves(kem: str, seed: bytes):
    if kem == "X-Wing":
        expanded = hashlib.shake_256(seed).digest(96)
        return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    expanded = hashlib.shake_256(seed).digest(112)
    scalar = int.from_bytes(expanded[64:], "big")
    return MLKEM1024PrivateKey.from_seed_bytes(expanded[:64]), ec.derive_private_key(scalar, ec.SECP384R1())


def _curve_public(curve) -> bytes:
    if isinstance(curve, X25519PrivateKey):
        return curve.public_key().public_bytes_raw()
    return curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _decapsulate(kem: str, seed: bytes, encapsulation: bytes) -> bytes:
    if kem == "ML-KEM-768":
        return MLKEM768PrivateKey.from_seed_bytes(seed).decapsulate(encapsulation)
    if kem == "ML-KEM-1024":
        return MLKEM1024PrivateKey.from_seed_bytes(seed).decapsulate(encapsulation)
    lattice, curve = _halves(kem, seed)
    if kem == "X-Wing":
        first, second, label = encapsulation[:1088], encapsulation[1088:], rb"\.//^" + b"\\"
        shared = curve.exchange(X25519PublicKey.from_public_bytes(second))
    else:
        first, second, label = encapsulation[:1568], encapsulation[1568:], b"MLKEM1024-P384"
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), second)
        shared = curve.exchange(ec.ECDH(), point)
    return hashlib.sha3_256(lattice.decapsulate(first) + shared + second + _curve_public(curve) + label).digest()
