"""A second reader of keysets, written from docs/formats/keyset.md alone: `cryptography`, hashlib and nothing of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from keystore_shop import SECRET, Shop

from scorpius_lab.quantum.keystore import KeyEncryptionKey, Protection

KEK = bytes(range(32))


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def without(value: dict, name: str) -> dict:
    return {key: part for key, part in value.items() if key != name}


def wrapped_secrets(protection: dict) -> tuple[bytes, bytes]:
    key = KEK
    if protection["scrypt"]:
        cost = protection["scrypt"]
        salt = bytes.fromhex(cost["salt"])
        key = hashlib.scrypt(SECRET.encode(), salt=salt, n=cost["n"], r=cost["r"], p=cost["p"], dklen=32)
    nonce, ciphertext = bytes.fromhex(protection["nonce"]), bytes.fromhex(protection["ciphertext"])
    both = AESGCM(key).decrypt(nonce, ciphertext, canonical(without(protection, "ciphertext")))
    return both[:32], both[32:]


def derived(data_key: bytes, label: bytes, purpose: str) -> bytes:
    info = b"scorpius keyset 1\0" + label + b"\0" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(data_key)


def read(keyset: dict, anchor: dict) -> dict[int, bytes]:
    """Every private key by number, after everything that the document says was checked."""
    data_key, anchor_key = wrapped_secrets(keyset["protection"])
    code = hmac.new(derived(data_key, b"authenticate", keyset["purpose"]), canonical(without(keyset, "code")), "sha256")
    assert code.hexdigest() == keyset["code"]
    assert hmac.new(anchor_key, canonical(without(anchor, "code")), "sha256").hexdigest() == anchor["code"]
    assert (anchor["counter"], anchor["keyset"]) == (keyset["counter"], keyset["code"])
    found = {}
    for version in keyset["versions"]:
        name, public = version["algorithm"].encode(), base64.b64decode(version["public_key"])
        digest = hashlib.sha256(b"scorpius key id v1" + bytes([len(name)]) + name + public).hexdigest()
        assert version["key_id"] == digest[:32]
        if version["sealed"] is None:
            assert version["state"] == "destroyed"
            continue
        header = {key: version[key] for key in ("number", "algorithm", "key_id", "state", "origin", "created_at")}
        header |= {"purpose": keyset["purpose"], "kind": keyset["kind"], "counter": version["sealed"]["counter"]}
        seal = AESGCM(derived(data_key, b"seal", keyset["purpose"]))
        nonce, ciphertext = (bytes.fromhex(version["sealed"][key]) for key in ("nonce", "ciphertext"))
        found[version["number"]] = seal.decrypt(nonce, ciphertext, canonical(header))
    return found


@pytest.mark.parametrize("protection", [None, KeyEncryptionKey(KEK)], ids=["passphrase", "key"])
def test_a_second_reader_finds_the_same_keys(shop: Shop, protection: Protection | None) -> None:
    store = shop.open(protection)
    store.generate("files")
    for name in ("ML-KEM-512", "ML-KEM-768", "X-Wing"):
        store.rotate("files", name)
    store.destroy("files", 1)
    store.disable("files", 3)
    keyset, anchor = (json.loads(path.read_bytes()) for path in (shop.keyset_path(), shop.anchor_path()))
    assert shop.keyset_path().read_bytes() == json.dumps(keyset, indent=1, ensure_ascii=False).encode() + b"\n"
    found = read(keyset, anchor)
    assert sorted(found) == [2, 3, 4]
    assert found[2] == store.private_key("files", 2).data
    assert found[4] == store.private_key("files").data
    store.enable("files", 3)
    assert found[3] == store.private_key("files", 3).data
