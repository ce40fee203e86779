"""Key files: published keys and other programs first, then properties, then damage of every kind."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

import cryptography_vectors
import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as pyca
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa, mlkem
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given, settings
from hypothesis import strategies as st
from stock_openssl import openssl_in

from scorpius_lab import quantum
from scorpius_lab.errors import InvalidKey, UsageError
from scorpius_lab.quantum.formats import encryption
from scorpius_lab.quantum.formats.identifiers import IDENTIFIERS, identifier_of
from scorpius_lab.quantum.formats.pem import pem_text
from scorpius_lab.quantum.formats.structures import (
    Algorithm,
    BareAlgorithm,
    EncryptedPrivateKeyInfo,
    Pbes2Parameters,
    Pbkdf2Parameters,
    Pbkdf2Prf,
    PrivateKeyInfoOut,
    PublicKeyInfoOut,
    ScryptParameters,
    SeedAndExpanded,
)
from scorpius_lab.quantum.key_formats import export_private, export_public, load_private, load_public

VECTORS = Path(cryptography_vectors.__file__).parent / "asymmetric"
SEEDED = ("ML-KEM-768", "ML-KEM-1024", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
WITH_FORMS = tuple(name for name in IDENTIFIERS if name != "P-384+ML-KEM-1024")
# Making a key is what takes time here: one fast set for each size where the sets differ in nothing else.
QUICK = tuple(name for name in WITH_FORMS if not name.startswith("SLH") or name.endswith("f"))
PYCA_PRIVATE = {
    "ML-KEM-768": mlkem.MLKEM768PrivateKey,
    "ML-KEM-1024": mlkem.MLKEM1024PrivateKey,
    "ML-DSA-44": mldsa.MLDSA44PrivateKey,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey,
}
LONG_HEX_OR_BASE64 = re.compile(r"[0-9A-Fa-f]{24,}|[A-Za-z0-9+/]{40,}")


@cache
def pair(name: str) -> quantum.KeyPair:
    return quantum.generate_keypair(name)


def der_of(name: str, content: bytes) -> bytes:
    identifier = BareAlgorithm(algorithm=x509.ObjectIdentifier(IDENTIFIERS[name]))
    return asn1.encode_der(PrivateKeyInfoOut(version=0, algorithm=identifier, private_key=content))


def expanded_form(name: str, expanded: bytes) -> bytes:
    return der_of(name, asn1.encode_der(expanded))


def both_form(name: str, seed: bytes, expanded: bytes) -> bytes:
    return der_of(name, asn1.encode_der(SeedAndExpanded(seed=seed, expanded=expanded)))


def known_answers(name: str, count: int = 3) -> list[dict[str, bytes]]:
    """The first records of the package's known-answer files: seed, pk, sk."""
    folder, end = ("MLKEM", "") if "KEM" in name else ("MLDSA", "_det_pure")
    text = (VECTORS / folder / f"kat_{name.replace('-', '', 1).replace('-', '_')}{end}.rsp").read_text()
    found = []
    for record in text.split("\ncount = ")[:count]:
        fields = dict(line.split(" = ", 1) for line in record.splitlines() if " = " in line)
        seed = fields["d"] + fields["z"] if "d" in fields else fields["xi"]
        found.append({"seed": bytes.fromhex(seed), **{key: bytes.fromhex(fields[key]) for key in ("pk", "sk")}})
    return found


def refusal(data: bytes, passphrase: str | bytes | None = None) -> str:
    with pytest.raises(InvalidKey) as caught:
        load_private(data, passphrase)
    text = str(caught.value)
    assert not LONG_HEX_OR_BASE64.search(text), "an error must not show a key"
    assert "\n" not in text
    return text


# -- published keys


def test_published_ml_kem_keys_are_read() -> None:
    expected = pyca.load_pem_private_key((VECTORS / "MLKEM/mlkem768.pem").read_bytes(), None)
    assert isinstance(expected, mlkem.MLKEM768PrivateKey)
    for file in ("mlkem768.pem", "mlkem768.der"):
        private = load_private((VECTORS / "MLKEM" / file).read_bytes())
        assert private == quantum.PrivateKey("ML-KEM-768", expected.private_bytes_raw())


def test_published_ml_dsa_keys_are_read() -> None:
    private = load_private((VECTORS / "MLDSA/mldsa44_priv.der").read_bytes())
    public = load_public((VECTORS / "MLDSA/mldsa44_pub.der").read_bytes())
    assert private.data == b"\x2a" * 32
    assert public == quantum.PublicKey("ML-DSA-44", quantum.public_from_private("ML-DSA-44", private))


def test_a_published_expanded_key_is_refused_by_the_name_of_its_form() -> None:
    text = refusal((VECTORS / "MLDSA/mldsa65_noseed_priv.der").read_bytes())
    assert "ML-DSA-65 private key is in expanded form" in text
    assert "ml-dsa.output_formats=seed-only" in text


@pytest.mark.parametrize("name", SEEDED)
def test_known_answers_import_from_both_and_not_from_expanded(name: str) -> None:
    for known in known_answers(name):
        private = load_private(both_form(name, known["seed"], known["sk"]))
        assert private == quantum.PrivateKey(name, known["seed"])
        assert quantum.public_from_private(name, private) == known["pk"]
        text = refusal(expanded_form(name, known["sk"]))
        assert f"{name} private key is in expanded form" in text
        assert "seed-only" in text


def test_ml_kem_512_imports_the_expanded_key_and_says_why_not_the_seed() -> None:
    for known in known_answers("ML-KEM-512"):
        for der in (expanded_form("ML-KEM-512", known["sk"]), both_form("ML-KEM-512", known["seed"], known["sk"])):
            private = load_private(der)
            assert private == quantum.PrivateKey("ML-KEM-512", known["sk"])
            assert quantum.public_from_private("ML-KEM-512", private) == known["pk"]
        text = refusal(der_of("ML-KEM-512", b"\x80\x40" + known["seed"]))
        assert "seed form" in text
        assert "ml-kem.output_formats=priv-only" in text


def test_the_x_wing_form_is_the_drafts() -> None:
    seed = bytes(range(32))
    head = bytes.fromhex("3034020100300d060b2b0601040183e62d81c87a0420")
    assert export_private(quantum.PrivateKey("X-Wing", seed), encoding="der") == head + seed


def test_the_composite_form_is_the_raw_seeds() -> None:
    seeds = bytes(range(64))
    der = export_private(quantum.PrivateKey("Ed25519+ML-DSA-65", seeds), encoding="der")
    assert der == bytes.fromhex("3051020100300a06082b0601050507063004") + b"\x40" + seeds
    public = load_public(export_public(quantum.PublicKey("Ed25519+ML-DSA-65", pair("Ed25519+ML-DSA-65").public_key)))
    ml_dsa, ed = pair("Ed25519+ML-DSA-65").private_key[:32], pair("Ed25519+ML-DSA-65").private_key[32:]
    assert public.data == (
        mldsa.MLDSA65PrivateKey.from_seed_bytes(ml_dsa).public_key().public_bytes_raw()
        + ed25519.Ed25519PrivateKey.from_private_bytes(ed).public_key().public_bytes_raw()
    )


# -- the other library


@pytest.mark.parametrize("name", SEEDED)
@pytest.mark.parametrize("passphrase", [None, b"a passphrase"], ids=["plain", "encrypted"])
def test_the_other_library_reads_and_writes_the_same_keys(name: str, passphrase: bytes | None) -> None:
    mine = pair(name)
    theirs = PYCA_PRIVATE[name].from_seed_bytes(mine.private_key)
    protection = pyca.BestAvailableEncryption(passphrase) if passphrase else pyca.NoEncryption()
    forms = (("pem", pyca.Encoding.PEM), ("der", pyca.Encoding.DER))
    for encoding, form in forms[SEEDED.index(name) % 2 :][:1] if passphrase else forms:
        written = theirs.private_bytes(form, pyca.PrivateFormat.PKCS8, protection)
        assert load_private(written, passphrase) == mine.private
        exported = export_private(mine.private, encoding=encoding, passphrase=passphrase)
        load = pyca.load_pem_private_key if encoding == "pem" else pyca.load_der_private_key
        assert load(exported, passphrase).private_bytes_raw() == mine.private_key
        if passphrase is None:
            assert exported == written
        public = theirs.public_key().public_bytes(form, pyca.PublicFormat.SubjectPublicKeyInfo)
        assert export_public(mine.public, encoding=encoding) == public


@pytest.mark.parametrize("file", sorted(path.name for path in (VECTORS / "PKCS8").iterdir()))
def test_every_published_key_of_another_kind_is_refused(file: str) -> None:
    data = (VECTORS / "PKCS8" / file).read_bytes()
    for passphrase in (None, b"foobar", b"baz", b"password"):
        refusal(data, passphrase)
    with pytest.raises(InvalidKey):
        load_public(data)


# -- openssl


@pytest.fixture
def openssl(tmp_path: Path) -> Callable[..., bytes]:
    return openssl_in(tmp_path)


OPENSSL_NAMES = ("ML-KEM-512", *SEEDED, "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-192f", "SLH-DSA-SHA2-256s")


@pytest.mark.parametrize("name", OPENSSL_NAMES)
def test_openssl_keys_are_read_as_it_writes_them_by_default(name: str, openssl) -> None:
    for form in ("PEM", "DER"):
        data = openssl("genpkey", "-algorithm", name, "-outform", form)
        private = load_private(data)
        public = load_public(openssl("pkey", "-inform", form, "-pubout", "-outform", form, data=data))
        assert private.algorithm == public.algorithm == name
        assert public.data == quantum.public_from_private(name, private)


@pytest.mark.parametrize("name", ["ML-KEM-512", *SEEDED])
def test_each_openssl_form_is_imported_or_named(name: str, openssl) -> None:
    data = openssl("genpkey", "-algorithm", name)
    option = f"{name[:6].lower()}.output_formats"
    written = {
        form: openssl("pkey", "-provparam", f"{option}={form}", data=data)
        for form in ("seed-only", "priv-only", "seed-priv", "bare-seed", "bare-priv", "oqskeypair")
    }
    imported, named = ("priv-only", "seed-only") if name == "ML-KEM-512" else ("seed-only", "priv-only")
    assert load_private(written[imported]) == load_private(written["seed-priv"]) == load_private(data)
    assert f"{option}={imported}" in refusal(written[named])
    for form in ("bare-seed", "bare-priv", "oqskeypair"):
        refusal(written[form])


@pytest.mark.parametrize("name", OPENSSL_NAMES)
def test_openssl_reads_what_is_exported(name: str, openssl) -> None:
    mine = pair(name)
    public = export_public(mine.public)
    assert openssl("pkey", "-pubout", data=export_private(mine.private)) == public
    assert openssl("pkey", "-pubout", "-inform", "DER", data=export_private(mine.private, encoding="der")) == public
    encrypted = export_private(mine.private, passphrase="open sesame")
    assert openssl("pkey", "-pubout", "-passin", "pass:open sesame", data=encrypted) == public
    assert openssl("pkey", "-pubin", "-pubout", data=public) == public


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-scrypt",),
        ("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-iter", "1000"),
        ("-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"),
    ],
    ids=["default", "scrypt", "sha1", "sha512"],
)
@pytest.mark.parametrize("name", ["ML-KEM-768", "SLH-DSA-SHA2-128f"])
def test_keys_encrypted_by_openssl_open(name: str, options: tuple[str, ...], openssl) -> None:
    mine = pair(name)
    plain = export_private(mine.private)
    for form in ("PEM", "DER"):
        data = openssl("pkcs8", "-topk8", *options, "-passout", "pass:grün", "-outform", form, data=plain)
        assert load_private(data, "grün") == load_private(data, "grün".encode()) == mine.private
        assert "wrong" in refusal(data, "gruen")
        assert "is encrypted" in refusal(data)


def test_old_encryption_is_refused_with_the_way_out(openssl) -> None:
    plain = export_private(pair("ML-KEM-768").private)
    for options in (("-v1", "PBE-SHA1-3DES"), ("-v2", "des3")):
        data = openssl("pkcs8", "-topk8", *options, "-passout", "pass:x", data=plain)
        assert "openssl pkcs8 -topk8" in refusal(data, "x")


# -- properties


@pytest.mark.parametrize("name", WITH_FORMS)
@pytest.mark.parametrize("encoding", ["pem", "der"])
def test_what_is_exported_is_loaded_again(name: str, encoding: str) -> None:
    mine = pair(name)
    private, public = export_private(mine.private, encoding=encoding), export_public(mine.public, encoding=encoding)
    for view in (private, bytearray(private), memoryview(private)):
        assert load_private(view) == mine.private
    assert load_public(public) == mine.public
    assert (encoding == "pem") == private.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(InvalidKey):
        load_public(private)
    refusal(public)


@pytest.mark.parametrize("name", ["ML-KEM-512", "ML-DSA-65", "SLH-DSA-SHA2-128f", "X-Wing", "Ed25519+ML-DSA-65"])
def test_what_is_encrypted_opens_under_its_passphrase_only(name: str) -> None:
    mine = pair(name)
    encoding = "pem" if name.startswith("ML") else "der"
    data = export_private(mine.private, encoding=encoding, passphrase="λ and spaces ")
    assert mine.private_key not in data
    assert load_private(data, "λ and spaces ") == mine.private
    assert refusal(data, "λ and spaces") == "the passphrase is wrong, or the encrypted key is damaged"


def test_encryption_is_salted() -> None:
    private = pair("X-Wing").private
    assert export_private(private, passphrase="x") != export_private(private, passphrase="x")


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_random_seeds_of_every_size_survive(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*SEEDED, "X-Wing", "Ed25519+ML-DSA-65"]))
    size = quantum.algorithm(name).private_key_bytes
    private = quantum.PrivateKey(name, data.draw(st.binary(min_size=size, max_size=size)))
    encoding = data.draw(st.sampled_from(["pem", "der"]))
    assert load_private(export_private(private, encoding=encoding)) == private


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_a_changed_private_key_file_is_refused_or_another_key(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(QUICK))
    der = bytearray(export_private(pair(name).private, encoding="der"))
    # Most places lie in the key itself: look as often at the structure before it.
    place = data.draw(st.integers(0, 29) | st.integers(0, len(der) - 1))
    der[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = load_private(bytes(der))
    except InvalidKey:
        return
    assert changed != pair(name).private


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_public_key_file_is_refused_or_another_key(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(QUICK))
    der = bytearray(export_public(pair(name).public, encoding="der"))
    place = data.draw(st.integers(0, 29) | st.integers(0, len(der) - 1))
    der[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = load_public(bytes(der))
    except InvalidKey:
        return
    assert changed != pair(name).public


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_pem_file_is_refused_or_says_the_same_in_other_lines(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(QUICK))
    text = bytearray(export_private(pair(name).private))
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = load_private(bytes(text))
    except InvalidKey:
        return
    if changed == pair(name).private:
        assert bytes(text).split() == export_private(pair(name).private).split()


@pytest.mark.parametrize("name", ["X-Wing", "ML-KEM-768", "ML-DSA-65", "SLH-DSA-SHA2-128f"])
def test_a_file_cut_or_continued_anywhere_is_refused(name: str) -> None:
    mine = pair(name)
    for encoding in ("pem", "der"):
        private, public = export_private(mine.private, encoding=encoding), export_public(mine.public, encoding=encoding)
        end = len(private) - 1 if encoding == "pem" else len(private)  # the last line may lack its newline
        for size in range(end):
            refusal(private[:size])
        for size in range(0, len(public) - 1, 7):
            with pytest.raises(InvalidKey):
                load_public(public[:size])
        for tail in (b"\0", b"0", private, public):
            refusal(private + tail)
            with pytest.raises(InvalidKey):
                load_public(public + tail)


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda content: der_of("ML-DSA-65", content)))
@settings(max_examples=300, deadline=None)
def test_anything_else_is_refused(data: bytes) -> None:
    for candidate in (data, pem_text("PRIVATE KEY", data), pem_text("ENCRYPTED PRIVATE KEY", data)):
        refusal(candidate)
        refusal(candidate, "x")
    for candidate in (data, pem_text("PUBLIC KEY", data)):
        with pytest.raises(InvalidKey):
            load_public(candidate)


# -- forms made by others, damaged


@pytest.mark.parametrize("name", ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"])
def test_an_expanded_ml_kem_key_changed_anywhere_is_refused(name: str) -> None:
    known, other = known_answers(name, 2)
    begin = (len(known["sk"]) - 96) // 2
    places = [
        0,
        begin - 1,
        *range(1, begin, 97),
        begin,
        begin + 500,
        *range(len(known["sk"]) - 96, len(known["sk"]), 9),
    ]
    for place in places:
        expanded = bytearray(known["sk"])
        expanded[place] ^= 0x10
        refusal(both_form(name, known["seed"], bytes(expanded)))
    swapped = other["sk"][:begin] + known["sk"][begin:]
    assert "private part does not belong to its public key" in refusal(both_form(name, known["seed"], swapped))
    assert "contradicts itself" in refusal(both_form(name, other["seed"], known["sk"]))
    assert "contradicts itself" in refusal(both_form(name, known["seed"][:32] + other["seed"][32:], known["sk"]))
    assert "contradicts itself" in refusal(both_form(name, other["seed"][:32] + known["seed"][32:], known["sk"]))


@pytest.mark.parametrize("name", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_an_expanded_ml_dsa_key_changed_before_t0_is_refused(name: str) -> None:
    known, other = known_answers(name, 2)
    t0 = len(known["sk"]) - {"ML-DSA-44": 4, "ML-DSA-65": 6, "ML-DSA-87": 8}[name] * 416
    for place in [0, 31, 32, 63, 64, 127, *range(128, t0, 53), t0 - 1]:
        expanded = bytearray(known["sk"])
        expanded[place] ^= 0x10
        assert "contradicts itself" in refusal(both_form(name, known["seed"], bytes(expanded)))
    assert "contradicts itself" in refusal(both_form(name, other["seed"], known["sk"]))
    # What is not compared is not taken either: the key is the one of the seed.
    damaged = known["sk"][:t0] + bytes(len(known["sk"]) - t0)
    assert load_private(both_form(name, known["seed"], damaged)).data == known["seed"]


@pytest.mark.parametrize("name", ["ML-KEM-512", *SEEDED])
def test_parts_of_wrong_sizes_are_refused(name: str) -> None:
    known = known_answers(name, 1)[0]
    seed, expanded = known["seed"], known["sk"]
    for content in (
        b"",
        b"\x80",
        b"\x80" + bytes([len(seed)]),
        b"\x80" + bytes([len(seed) - 1]) + seed[1:],
        b"\x80" + bytes([len(seed)]) + seed + b"\0",
        b"\x80\x81" + bytes([len(seed)]) + seed,
        b"\x81" + bytes([len(seed)]) + seed,
        b"\xa0" + bytes([len(seed)]) + seed,
        seed,
        asn1.encode_der(seed),
        asn1.encode_der(expanded[:-1]),
        asn1.encode_der(expanded) + b"\0",
    ):
        refusal(der_of(name, content))
    refusal(both_form(name, seed[1:], expanded))
    refusal(both_form(name, seed, expanded + b"\0"))
    refusal(both_form(name, expanded, seed))


@pytest.mark.parametrize("name", ["SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-256s", "X-Wing", "Ed25519+ML-DSA-65"])
def test_raw_keys_of_wrong_sizes_are_refused(name: str) -> None:
    size = quantum.algorithm(name).private_key_bytes
    for length in (0, size - 1, size + 1, 2 * size):
        assert f"{length} bytes; it must have {size}" in refusal(der_of(name, bytes(length)))


@pytest.mark.parametrize("name", QUICK)
def test_public_keys_of_wrong_sizes_are_refused(name: str) -> None:
    key = pair(name).public_key
    identifier = BareAlgorithm(algorithm=x509.ObjectIdentifier(IDENTIFIERS[name]))
    for bits in (asn1.BitString(key[:-1], 0), asn1.BitString(key + b"\0", 0), asn1.BitString(key[:-1] + b"\0", 3)):
        with pytest.raises(InvalidKey):
            load_public(asn1.encode_der(PublicKeyInfoOut(algorithm=identifier, public_key=bits)))


@asn1.sequence
class WithPublicKey:
    version: int
    algorithm: BareAlgorithm
    private_key: bytes
    public_key: Annotated[asn1.BitString, asn1.Implicit(1)]


@pytest.mark.parametrize("name", QUICK)
def test_a_public_key_in_the_private_file_must_be_its_own(name: str) -> None:
    mine = pair(name)
    content = asn1.decode_der(PrivateKeyInfoOut, export_private(mine.private, encoding="der")).private_key
    identifier = BareAlgorithm(algorithm=x509.ObjectIdentifier(IDENTIFIERS[name]))

    def written(version: int, public: bytes) -> bytes:
        bits = asn1.BitString(public, 0)
        return asn1.encode_der(
            WithPublicKey(version=version, algorithm=identifier, private_key=content, public_key=bits)
        )

    assert load_private(written(1, mine.public_key)) == mine.private
    assert "version" in refusal(written(0, mine.public_key))
    assert "version" in refusal(written(2, mine.public_key))
    changed = bytes([mine.public_key[0] ^ 1]) + mine.public_key[1:]
    assert "not the one of its" in refusal(written(1, changed))
    assert "not the one of its" in refusal(written(1, b""))


# -- wrong files, wrong calls


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda pem: pem.replace(b"PRIVATE KEY", b"RSA PRIVATE KEY"), "RSA PRIVATE KEY"),
        (lambda pem: pem.replace(b"BEGIN PRIVATE", b"BEGIN PUBLIC"), "different labels"),
        (lambda pem: pem + pem, "several PEM blocks"),
        (lambda pem: b"Bag Attributes\n" + pem, "other text"),
        (lambda pem: pem + b"trailing", "other text"),
        (lambda pem: pem.replace(b"-----\n", b"-----\nProc-Type: 4,ENCRYPTED\n\n", 1), "other text"),
        (lambda pem: pem[:-10], "cut short"),
        (lambda pem: pem.replace(b"\n-----END", b"A\n-----END"), "base64"),
        (lambda pem: b"\xef\xbb\xbf" + pem, "other text"),
        (lambda pem: pem[:0], "neither PEM nor DER"),
        (lambda pem: pem[40:60], "neither PEM nor DER"),
        (lambda pem: pem + b" " * 65_536, "larger than 64 KiB"),
    ],
    ids=["label", "labels", "twice", "before", "after", "headers", "short", "base64", "bom", "empty", "text", "large"],
)
def test_each_wrong_file_is_told_apart(change, part: str) -> None:
    assert part in refusal(change(export_private(pair("X-Wing").private)))


def test_line_ends_and_lengths_of_other_programs_are_read() -> None:
    mine = pair("ML-DSA-65")
    pem, der = export_private(mine.private), export_private(mine.private, encoding="der")
    packed = base64.b64encode(der)
    for text in (
        pem.replace(b"\n", b"\r\n"),
        b"\n\n" + pem.rstrip() + b"  \n",
        b"-----BEGIN PRIVATE KEY-----\n" + packed + b"\n-----END PRIVATE KEY-----",
    ):
        assert load_private(text) == mine.private


def test_base64_has_one_spelling() -> None:
    private = pair("ML-KEM-768").private
    pem = export_private(private)
    last = pem.index(b"=") - 1
    spellings = [pem[:last] + bytes([other]) + pem[last + 1 :] for other in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"]
    for text in spellings:
        if text != pem:
            try:
                assert load_private(text) != private
            except InvalidKey:
                continue


def test_keys_of_classical_algorithms_are_named_as_such() -> None:
    classical = ed25519.Ed25519PrivateKey.generate()
    form = (pyca.Encoding.PEM, pyca.PrivateFormat.PKCS8, pyca.NoEncryption())
    assert "1.3.101.112" in refusal(classical.private_bytes(*form))
    public = classical.public_key().public_bytes(pyca.Encoding.PEM, pyca.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(InvalidKey, match="not offered here"):
        load_public(public)


def test_p384_with_ml_kem_1024_has_a_form_for_public_keys_only() -> None:
    mine = pair("P-384+ML-KEM-1024")
    # The public key, ciphertext and secret of the LAMPS composite are those of this mechanism; its private key is not.
    head = bytes.fromhex("30820692300a06082b060105050706 3f0382068200".replace(" ", ""))
    assert export_public(mine.public, encoding="der") == head + mine.public_key
    assert load_public(export_public(mine.public)) == mine.public
    with pytest.raises(InvalidKey, match="keep the 32 raw bytes"):
        export_private(mine.private)
    for content in (mine.private_key, bytes(64) + b"\x30\x0e"):
        assert "not the seed" in refusal(der_of("P-384+ML-KEM-1024", content))


def test_an_algorithm_without_an_identifier_has_no_file_form() -> None:
    with pytest.raises(InvalidKey, match="HQC-128 keys have no PEM or DER form"):
        identifier_of("HQC-128")


@pytest.mark.parametrize("name", ["ML-KEM-768", "ML-KEM-1024", "X-Wing", "ML-KEM-512", "P-384+ML-KEM-1024"])
def test_a_public_key_out_of_range_is_refused_when_it_is_read(name: str) -> None:
    size = quantum.algorithm(name).public_key_bytes
    with pytest.raises(InvalidKey, match="range"):
        load_public(export_public(quantum.PublicKey(name, b"\xff" * size)))


def test_wrong_calls_are_told() -> None:
    mine = pair("X-Wing")
    plain = export_private(mine.private)
    assert "not encrypted" in refusal(plain, "a passphrase")
    for wrong in (None, 7, "text", [1], mine.private):
        with pytest.raises(InvalidKey, match="bytes"):
            load_private(wrong)
        with pytest.raises(InvalidKey, match="bytes"):
            load_public(wrong)
    released = memoryview(plain)
    released.release()
    assert "released" in refusal(released)
    for export, key in ((export_private, mine.public), (export_public, mine.private), (export_private, b"x" * 32)):
        with pytest.raises(InvalidKey, match="typed"):
            export(key)
    for passphrase in ("", b"", 7, "\ud800"):
        with pytest.raises(UsageError, match="passphrase"):
            export_private(mine.private, passphrase=passphrase)
        with pytest.raises(UsageError, match="passphrase"):
            load_private(plain, passphrase)
    with pytest.raises(UsageError, match="'pem' or 'der'"):
        export_private(mine.private, encoding="ssh")
    with pytest.raises(UsageError, match="'pem' or 'der'"):
        export_public(mine.public, encoding=None)


# -- encrypted files


PBES2 = x509.ObjectIdentifier("1.2.840.113549.1.5.13")
PBKDF2 = x509.ObjectIdentifier("1.2.840.113549.1.5.12")
SCRYPT = x509.ObjectIdentifier("1.3.6.1.4.1.11591.4.11")
AES_256_CBC = x509.ObjectIdentifier("2.16.840.1.101.3.4.1.42")


@asn1.sequence
class Wrapper:
    value: asn1.TLV


def tlv(value: object) -> asn1.TLV:
    inner = asn1.encode_der(value)
    size = len(inner)
    assert size < 128
    return asn1.decode_der(Wrapper, bytes([0x30, size]) + inner).value


def encrypted(derivation: Algorithm, ciphertext: bytes = bytes(64), vector: bytes = bytes(16)) -> bytes:
    parameters = Pbes2Parameters(derivation=derivation, cipher=Algorithm(algorithm=AES_256_CBC, parameters=tlv(vector)))
    scheme = Algorithm(algorithm=PBES2, parameters=tlv(parameters))
    return asn1.encode_der(EncryptedPrivateKeyInfo(algorithm=scheme, ciphertext=ciphertext))


def pbkdf2(iterations: int, key_bytes: int | None = None, function: Pbkdf2Prf | None = None) -> Algorithm:
    cost = Pbkdf2Parameters(salt=b"saltsalt", iterations=iterations, key_bytes=key_bytes, function=function)
    return Algorithm(algorithm=PBKDF2, parameters=tlv(cost))


def scrypt(n: int, r: int, p: int, key_bytes: int | None = None) -> Algorithm:
    cost = ScryptParameters(salt=b"saltsalt", cost=n, block_size=r, parallelization=p, key_bytes=key_bytes)
    return Algorithm(algorithm=SCRYPT, parameters=tlv(cost))


@pytest.mark.parametrize(
    ("derivation", "part"),
    [
        (pbkdf2(10_000_001), "10,000,001 PBKDF2 iterations"),
        (pbkdf2(2**200), "too many PBKDF2 iterations"),
        (pbkdf2(0), "PBKDF2 iterations"),
        (pbkdf2(-5), "PBKDF2 iterations"),
        (pbkdf2(1, 16), "disagree"),
        (pbkdf2(1, function=Pbkdf2Prf(algorithm=PBES2, parameters=None)), "unknown function"),
        (scrypt(2**30, 8, 1), "256 MiB"),
        (scrypt(2**14, 8, 10_000), "256 MiB"),
        (scrypt(2, 2**40, 1), "256 MiB"),
        (scrypt(2**300, 8, 1), "too many"),
        (scrypt(0, 8, 1), "nothing at all"),
        (scrypt(16, 0, 1), "nothing at all"),
        (scrypt(16, 8, -1), "nothing at all"),
        (scrypt(1000, 8, 1), "not valid"),
        (scrypt(16, 8, 1, 31), "disagree"),
        (Algorithm(algorithm=PBES2, parameters=tlv(b"x")), "unknown key derivation"),
        (Algorithm(algorithm=PBKDF2, parameters=tlv(b"x")), "parameters are damaged"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_the_cost_a_file_asks_for_is_bounded(derivation: Algorithm, part: str) -> None:
    assert part in refusal(encrypted(derivation), "x")


def test_ciphertexts_of_wrong_sizes_are_refused() -> None:
    assert "block" in refusal(encrypted(pbkdf2(1), b""), "x")
    assert "block" in refusal(encrypted(pbkdf2(1), bytes(17)), "x")
    assert "16 bytes" in refusal(encrypted(pbkdf2(1), vector=bytes(12)), "x")


def test_a_wrong_passphrase_always_reads_the_same() -> None:
    """One wrong passphrase in 256 leaves a valid padding, and then the content decides."""
    data = encrypted(pbkdf2(1), bytes(range(64)))
    texts = {refusal(data, f"guess {number}") for number in range(2000)}
    assert texts == {str(encryption.wrong_passphrase())}


@cache
def cheaply_encrypted() -> bytes:
    """The X-Wing key under one PBKDF2 iteration, so that many damaged copies can be tried."""
    key = PBKDF2HMAC(hashes.SHA1(), 32, b"saltsalt", 1).derive(b"x")  # noqa: S303
    padder = PKCS7(128).padder()
    plain = padder.update(export_private(pair("X-Wing").private, encoding="der")) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return encrypted(pbkdf2(1), encryptor.update(plain) + encryptor.finalize())


def test_the_cheaply_encrypted_key_opens() -> None:
    assert load_private(cheaply_encrypted(), "x") == pair("X-Wing").private


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_encrypted_file_is_refused_or_another_key(data: st.DataObject) -> None:
    private = pair("X-Wing").private
    der = bytearray(cheaply_encrypted())
    place = data.draw(st.integers(0, len(der) - 1))
    der[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = load_private(bytes(der), "x")
    except InvalidKey:
        return
    # Without a tag, a changed ciphertext or vector can open: as another key.
    assert changed != private
