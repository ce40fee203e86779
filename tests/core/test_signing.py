"""Signatures: published vectors first, then stock openssl and an independent implementation, then properties."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.core.signing import (
    ALGORITHMS,
    SIGNATURE_BYTES,
    Algorithm,
    DetachedSignature,
    Signer,
    SigningIdentity,
    openssl_verify_command,
    short_signer_id,
    verify_file,
)
from scorpius_lab.errors import InvalidSignature, KeyStoreError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

IDENTITY = SigningIdentity.from_seeds(bytes(32), bytes(range(32)))
OTHER = SigningIdentity.from_seeds(b"\1" * 32, b"\2" * 32)

# RFC 8032 section 7.1: seed, public key, message, signature
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def raw_public(pem: str) -> bytes:
    return load_pem_public_key(pem.encode()).public_bytes(Encoding.Raw, PublicFormat.Raw)


def spki(key: Ed25519PublicKey | MLDSA65PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_ed25519_half_is_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    identity = SigningIdentity.from_seeds(bytes.fromhex(seed), bytes(32))
    assert raw_public(identity.signer.ed25519).hex() == public
    assert identity.sign(bytes.fromhex(message)).ed25519.hex() == signature


@pytest.mark.shared_data
def test_ml_dsa_half_judges_every_wycheproof_case(shared_data: Path) -> None:
    groups = json.loads(
        gzip.decompress((shared_data / "quantum/wycheproof/mldsa_65_verify_test.json.gz").read_bytes())
    )["testGroups"]
    judged = {"valid": 0, "invalid": 0}
    for group in groups:
        for case in group["tests"]:
            if case.get("ctx"):
                continue  # signatures here have no context
            try:
                key = MLDSA65PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]))
            except ValueError:
                assert case["result"] == "invalid"
                continue
            signer = Signer.from_pem(IDENTITY.signer.ed25519, spki(key))
            holds = signer.half_holds(Algorithm.ML_DSA_65, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert holds == (case["result"] == "valid"), case["comment"]
            judged[case["result"]] += 1
    assert judged["valid"] > 10
    assert judged["invalid"] > 10


@pytest.mark.shared_data
def test_ml_dsa_keys_are_those_of_the_acvp_seeds(shared_data: Path) -> None:
    path = shared_data / "quantum/acvp/ML-DSA-keyGen-FIPS204/internalProjection.ML-DSA-65.json.gz"
    groups = json.loads(gzip.decompress(path.read_bytes()))["testGroups"]
    cases = [c for g in groups if g["parameterSet"] == "ML-DSA-65" for c in g["tests"]]
    assert cases
    for case in cases:
        identity = SigningIdentity.from_seeds(bytes(32), bytes.fromhex(case["seed"]))
        assert raw_public(identity.signer.ml_dsa_65) == bytes.fromhex(case["pk"])


def test_an_independent_implementation_accepts_the_ml_dsa_half() -> None:
    oracle = pytest.importorskip("dilithium_py.ml_dsa", reason="the independent implementation is not installed")
    signature = IDENTITY.sign(b"one message").ml_dsa_65
    public = raw_public(IDENTITY.signer.ml_dsa_65)
    assert oracle.ML_DSA_65.verify(public, b"one message", signature)
    assert not oracle.ML_DSA_65.verify(public, b"another message", signature)


def test_the_other_library_accepts_the_ml_dsa_half() -> None:
    from pqcrypto.sign import ml_dsa_65

    public = raw_public(IDENTITY.signer.ml_dsa_65)
    ml_dsa_65.verify(public, b"one message", IDENTITY.sign(b"one message").ml_dsa_65)


def stock_openssl(at_least: tuple[int, int]) -> str | None:
    for program in (os.environ.get("OPENSSL_35"), shutil.which("openssl")):
        if program is None:
            continue
        text = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
        match = re.match(r"OpenSSL (\d+)\.(\d+)", text)
        if match and (int(match[1]), int(match[2])) >= at_least:
            return program
    return None


@pytest.mark.parametrize(("algorithm", "at_least"), [(Algorithm.ED25519, (3, 0)), (Algorithm.ML_DSA_65, (3, 5))])
def test_stock_openssl_verifies_each_half(tmp_path: Path, algorithm: Algorithm, at_least: tuple[int, int]) -> None:
    program = stock_openssl(at_least)
    if program is None:
        pytest.skip(f"needs OpenSSL {at_least[0]}.{at_least[1]} or later, in PATH or named by OPENSSL_35")
    (tmp_path / "content").write_bytes(b"content\n")
    (tmp_path / "key.pem").write_text(IDENTITY.signer.pem(algorithm))
    (tmp_path / "sig").write_bytes(IDENTITY.sign(b"content\n").half(algorithm))
    command = openssl_verify_command("key.pem", "content", "sig").split()
    good = subprocess.run([program, *command[1:]], cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    (tmp_path / "content").write_bytes(b"contenT\n")
    assert subprocess.run([program, *command[1:]], cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_the_id_is_what_sha256sum_prints_of_the_two_files(tmp_path: Path) -> None:
    signer = IDENTITY.signer
    assert signer.id == hashlib.sha256((signer.ed25519 + signer.ml_dsa_65).encode()).hexdigest()
    assert (
        signer.id
        != Signer(OTHER.signer.ed25519, signer.ml_dsa_65).id
        != Signer(signer.ed25519, OTHER.signer.ml_dsa_65).id
    )
    assert re.fullmatch(r"([0-9A-F]{4} ){3}[0-9A-F]{4}", signer.short_id)
    assert short_signer_id(signer.id).replace(" ", "").lower() == signer.id[:16]


@given(st.binary(max_size=2000))
@settings(max_examples=25, deadline=None)
def test_what_is_signed_verifies_and_has_the_standard_size(content: bytes) -> None:
    signature = IDENTITY.sign(content)
    IDENTITY.signer.verify(content, signature)
    for algorithm in ALGORITHMS:
        assert len(signature.half(algorithm)) == SIGNATURE_BYTES[algorithm]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_flipped_bit_in_a_half_is_named(data: st.DataObject) -> None:
    signature = IDENTITY.sign(b"content")
    algorithm = data.draw(st.sampled_from(ALGORITHMS))
    half = bytearray(signature.half(algorithm))
    half[data.draw(st.integers(0, len(half) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = (
        DetachedSignature(bytes(half), signature.ml_dsa_65)
        if algorithm is Algorithm.ED25519
        else DetachedSignature(signature.ed25519, bytes(half))
    )
    with pytest.raises(InvalidSignature, match=algorithm.label) as raised:
        IDENTITY.signer.verify(b"content", changed)
    other = next(a for a in ALGORITHMS if a is not algorithm)
    assert other.label not in str(raised.value)


@pytest.mark.parametrize("half", [b"", b"\0", b"\0" * 64, b"\0" * 3309, b"\0" * 5000])
def test_a_half_of_any_size_is_rejected_and_never_raises_something_else(half: bytes) -> None:
    with pytest.raises(InvalidSignature, match="Ed25519 and the ML-DSA-65"):
        IDENTITY.signer.verify(b"content", DetachedSignature(half, half))


def test_halves_of_two_signers_do_not_make_one() -> None:
    mixed = DetachedSignature(IDENTITY.sign(b"x").ed25519, OTHER.sign(b"x").ml_dsa_65)
    with pytest.raises(InvalidSignature, match="the ML-DSA-65 signature"):
        IDENTITY.signer.verify(b"x", mixed)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: (s.ml_dsa_65, s.ed25519),
        lambda s: (s.ed25519.replace("\n", "\r\n"), s.ml_dsa_65),
        lambda s: ("note\n" + s.ed25519, s.ml_dsa_65),
        lambda s: (s.ed25519 + "\n", s.ml_dsa_65),
        lambda s: ("", s.ml_dsa_65),
        lambda s: (s.ed25519, s.ml_dsa_65[:300]),
        lambda s: ("garbage é", s.ml_dsa_65),
    ],
)
def test_keys_in_another_form_or_place_are_refused(spoil) -> None:
    with pytest.raises(KeyStoreError):
        Signer.from_pem(*spoil(IDENTITY.signer))


def test_files_are_signed_like_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"content")
    signature = IDENTITY.sign_file(path)
    IDENTITY.signer.verify(b"content", signature)
    verify_file(path, signature, IDENTITY.signer)
    path.write_bytes(b"changed")
    with pytest.raises(InvalidSignature, match="content: "):
        verify_file(path, signature, IDENTITY.signer)


def test_a_file_too_large_to_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(257 * 1024 * 1024)
    with pytest.raises(KeyStoreError, match="256 MiB"):
        IDENTITY.sign_file(path)


def test_secrets_are_not_printable() -> None:
    seeds = [seed.hex() for seed in OTHER.seeds()]
    assert not any(seed in repr(OTHER) for seed in seeds)
    with pytest.raises(KeyStoreError, match="32 bytes"):
        SigningIdentity.from_seeds(b"short", bytes(32))


def test_importing_costs_no_cryptography() -> None:
    code = "import sys, scorpius_lab.core.signing, scorpius_lab.core.audit; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
