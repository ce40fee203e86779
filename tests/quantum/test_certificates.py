"""Certificates: read by another library and by openssl first, then what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from stock_openssl import openssl_in

from scorpius_lab import quantum
from scorpius_lab.errors import InvalidKey, InvalidSignature, UsageError
from scorpius_lab.quantum.certificates import (
    certificate_request,
    issue_certificate,
    self_signed_certificate,
    verify_request,
)

SIGNING = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
ENCIPHERING = ("ML-KEM-768", "ML-KEM-1024")
WITHOUT = ("X-Wing", "P-384+ML-KEM-1024", "ML-KEM-512", "SLH-DSA-SHA2-128f", "Ed25519+ML-DSA-65")
START = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


@cache
def pair(name: str) -> quantum.KeyPair:
    return quantum.generate_keypair(name)


@cache
def root() -> bytes:
    return self_signed_certificate(pair("ML-DSA-87").private, "CN=root", ca=True, not_before=START, valid_days=3650)


def issued(name: str, subject: str = "CN=subject", **options) -> bytes:
    call = {"issuer": pair("ML-DSA-87").private, "issuer_certificate": root(), "not_before": START, **options}
    return issue_certificate(pair(name).public, subject, **call)


def allowed_uses(certificate: x509.Certificate) -> set[str]:
    extension = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert extension.critical
    usage = extension.value
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    return {name for name in [*names, "key_cert_sign", "crl_sign"] if getattr(usage, name)}


# -- read by others


@pytest.mark.parametrize("name", SIGNING)
@pytest.mark.parametrize("ca", [False, True], ids=["signer", "authority"])
def test_a_self_signed_certificate_says_what_was_asked(name: str, ca: bool) -> None:
    pem = self_signed_certificate(
        pair(name).private, "CN=signer,O=Example", ca=ca, not_before=START, valid_days=30, dns_names=["a.example"]
    )
    certificate = x509.load_pem_x509_certificate(pem)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.public_key().public_bytes_raw() == pair(name).public_key
    assert certificate.subject.rfc4514_string() == certificate.issuer.rfc4514_string() == "CN=signer,O=Example"
    assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == (START, START + timedelta(days=30))
    assert allowed_uses(certificate) == {"digital_signature"} | ({"key_cert_sign", "crl_sign"} if ca else set())
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca is ca
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example"]
    assert certificate.version is x509.Version.v3


@pytest.mark.parametrize("name", [*SIGNING, *ENCIPHERING])
def test_an_issued_certificate_lets_the_key_do_what_it_is_for(name: str) -> None:
    certificate, above = x509.load_pem_x509_certificate(issued(name)), x509.load_pem_x509_certificate(root())
    certificate.verify_directly_issued_by(above)
    assert certificate.public_key().public_bytes_raw() == pair(name).public_key
    assert allowed_uses(certificate) == ({"key_encipherment"} if name in ENCIPHERING else {"digital_signature"})
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    named = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert named == above.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


@pytest.mark.parametrize("name", SIGNING)
def test_a_request_leads_to_a_certificate(name: str) -> None:
    pem = certificate_request(pair(name).private, "CN=node 7,O=Example", dns_names=["a.example", "*.b.example"])
    asked = verify_request(pem)
    der = x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER)
    assert asked == verify_request(der)
    assert asked.public_key == pair(name).public
    assert asked.dns_names == ("a.example", "*.b.example")
    pem = issue_certificate(
        asked.public_key,
        asked.subject,
        issuer=pair("ML-DSA-87").private,
        issuer_certificate=root(),
        not_before=START,
        dns_names=asked.dns_names,
    )
    assert x509.load_pem_x509_certificate(pem).subject.rfc4514_string() == "CN=node 7,O=Example" == asked.subject


def test_serial_numbers_differ() -> None:
    numbers = {x509.load_pem_x509_certificate(issued("ML-DSA-44")).serial_number for _ in range(5)}
    assert len(numbers) == 5


def test_the_clock_is_the_systems_unless_given() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    certificate = x509.load_pem_x509_certificate(self_signed_certificate(pair("ML-DSA-44").private, "signer"))
    assert before <= certificate.not_valid_before_utc <= datetime.now(UTC)
    east = START.astimezone(timezone(timedelta(hours=9)))
    certificate = x509.load_pem_x509_certificate(
        self_signed_certificate(pair("ML-DSA-44").private, "signer", not_before=east)
    )
    assert certificate.not_valid_before_utc == START


@pytest.fixture
def openssl(tmp_path: Path) -> Callable[..., bytes]:
    return openssl_in(tmp_path)


@pytest.mark.parametrize("name", [*SIGNING, *ENCIPHERING])
def test_openssl_verifies_the_chain(name: str, openssl, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(root())
    (tmp_path / "leaf.pem").write_bytes(issued(name, dns_names=["a.example"]))
    at = str(int(START.timestamp()) + 60)
    openssl("verify", "-x509_strict", "-attime", at, "-CAfile", "root.pem", "root.pem", "leaf.pem")
    text = openssl("x509", "-in", "leaf.pem", "-noout", "-text").decode()
    assert f"Public Key Algorithm: {name}" in text
    assert "Signature Algorithm: ML-DSA-87" in text
    assert ("Key Encipherment" in text) is (name in ENCIPHERING)
    assert "DNS:a.example" in text


@pytest.mark.parametrize("name", SIGNING)
def test_openssl_verifies_the_request_and_its_own_is_read(name: str, openssl, tmp_path: Path) -> None:
    (tmp_path / "request.pem").write_bytes(certificate_request(pair(name).private, "signer"))
    openssl("req", "-in", "request.pem", "-verify", "-noout")
    openssl("genpkey", "-algorithm", name, "-out", "key.pem")
    openssl("req", "-new", "-key", "key.pem", "-subj", "/O=Example/CN=theirs", "-out", "theirs.pem")
    asked = verify_request((tmp_path / "theirs.pem").read_bytes())
    assert asked.subject == "CN=theirs,O=Example"
    assert asked.public_key.data == quantum.public_from_private(
        name, quantum.load_private((tmp_path / "key.pem").read_bytes())
    )


def test_an_authority_made_by_openssl_issues(openssl, tmp_path: Path) -> None:
    openssl("genpkey", "-algorithm", "ML-DSA-65", "-out", "key.pem")
    openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=theirs", "-days", "400", "-out", "root.pem",
            "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    pem = issue_certificate(
        pair("ML-KEM-768").public,
        "CN=ours",
        issuer=quantum.load_private((tmp_path / "key.pem").read_bytes()),
        issuer_certificate=(tmp_path / "root.pem").read_bytes(),
        valid_days=30,
    )
    (tmp_path / "leaf.pem").write_bytes(pem)
    openssl("verify", "-x509_strict", "-CAfile", "root.pem", "leaf.pem")


# -- refused


@pytest.mark.parametrize("name", WITHOUT)
def test_keys_without_certificates_are_refused_by_name(name: str) -> None:
    mine = pair(name)
    for call in (self_signed_certificate, certificate_request):
        with pytest.raises(InvalidKey, match="ML-DSA-44, ML-DSA-65 or ML-DSA-87, not " + re.escape(name)):
            call(mine.private, "CN=x")
    with pytest.raises(InvalidKey, match=re.escape(name)):
        issued(name)


def test_encipherment_keys_do_not_sign_certificates() -> None:
    with pytest.raises(InvalidKey, match="not ML-KEM-768"):
        self_signed_certificate(pair("ML-KEM-768").private, "CN=x")


def test_an_ml_kem_key_out_of_range_gets_no_certificate() -> None:
    public = quantum.PublicKey("ML-KEM-768", b"\xff" * 1184)
    with pytest.raises(InvalidKey, match="range"):
        issue_certificate(public, "CN=x", issuer=pair("ML-DSA-87").private, issuer_certificate=root(), not_before=START)


def test_only_a_fitting_authority_issues() -> None:
    other = pair("ML-DSA-65")
    with pytest.raises(InvalidKey, match="not the one of the issuer's private key"):
        issued("ML-KEM-768", issuer=other.private)
    leaf = self_signed_certificate(other.private, "CN=leaf", not_before=START)
    with pytest.raises(UsageError, match="ca=True"):
        issued("ML-KEM-768", issuer=other.private, issuer_certificate=leaf)
    for period in ({"not_before": START - timedelta(seconds=1)}, {"valid_days": 3651}):
        with pytest.raises(UsageError, match="whole period"):
            issued("ML-KEM-768", **period)
    request = certificate_request(other.private, "CN=x")
    for wrong in (
        b"",
        b"hello",
        root()[:-30],
        root() + root(),
        request,
        x509.load_pem_x509_csr(request).tbs_certrequest_bytes,
    ):
        with pytest.raises(InvalidKey):
            issued("ML-KEM-768", issuer_certificate=wrong)


def bare_authority(*extensions: x509.ExtensionType) -> bytes:
    signer = MLDSA65PrivateKey.from_seed_bytes(pair("ML-DSA-65").private_key)
    name = x509.Name.from_rfc4514_string("CN=bare")
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(signer.public_key())
    builder = builder.serial_number(5).not_valid_before(START).not_valid_after(START + timedelta(days=900))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(signer, None).public_bytes(Encoding.PEM)


def test_an_issuer_is_taken_for_what_its_certificate_says() -> None:
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    above = x509.load_pem_x509_certificate(root())
    usage = above.extensions.get_extension_for_class(x509.KeyUsage).value
    for extensions in ((), (constraints,), (usage,), (x509.BasicConstraints(ca=False, path_length=None), usage)):
        with pytest.raises(UsageError, match="does not let it sign others"):
            issued("ML-KEM-768", issuer=pair("ML-DSA-65").private, issuer_certificate=bare_authority(*extensions))
    bare = bare_authority(constraints, usage)
    pem = issued("ML-KEM-768", issuer=pair("ML-DSA-65").private, issuer_certificate=bare)
    x509.load_pem_x509_certificate(pem).verify_directly_issued_by(x509.load_pem_x509_certificate(bare))


def test_raw_keys_are_refused() -> None:
    mine = pair("ML-DSA-87")
    for call in (self_signed_certificate, certificate_request):
        for wrong in (mine.private_key, mine.public, mine, None):
            with pytest.raises(InvalidKey, match="typed"):
                call(wrong, "CN=x")
    for wrong in (mine.public_key, mine.private, None):
        with pytest.raises(InvalidKey, match="typed"):
            issue_certificate(wrong, "CN=x", issuer=mine.private, issuer_certificate=root(), not_before=START)


@pytest.mark.parametrize(
    "subject",
    ["", "  ", "CN=", "=x", "ZZ=1", "CN=" + "a" * 65, "a" * 65, "C=USA,CN=x", "CN=x,,", None, 7, "CN=\ud800", "\ud800"],
    ids=[
        "empty",
        "blank",
        "novalue",
        "noname",
        "unknown",
        "long",
        "longname",
        "country",
        "commas",
        "none",
        "number",
        "half",
        "halfname",
    ],
)
def test_subjects_that_do_not_fit_are_refused(subject: object) -> None:
    for call in (self_signed_certificate, certificate_request):
        with pytest.raises(UsageError):
            call(pair("ML-DSA-44").private, subject)


@pytest.mark.parametrize(
    "names",
    [
        [""],
        ["a b"],
        ["-a"],
        ["a."],
        [".a"],
        ["a..b"],
        ["exämple.org"],
        ["x" * 64],
        ["a." * 130 + "a"],
        [7],
        "a.example",
        7,
        ["a\0b"],
        ["a\n"],
    ],
    ids=[
        "empty",
        "space",
        "dash",
        "dot",
        "first",
        "double",
        "umlaut",
        "label",
        "long",
        "number",
        "text",
        "integer",
        "null",
        "line",
    ],
)
def test_dns_names_that_do_not_fit_are_refused(names: object) -> None:
    for call in (self_signed_certificate, certificate_request):
        with pytest.raises(UsageError, match="name"):
            call(pair("ML-DSA-44").private, "CN=x", dns_names=names)


@pytest.mark.parametrize(
    "options",
    [
        {"valid_days": 0},
        {"valid_days": -1},
        {"valid_days": 10**30},
        {"valid_days": 1.5},
        {"not_before": datetime(2031, 1, 1)},  # noqa: DTZ001
        {"not_before": datetime(1900, 1, 1, tzinfo=UTC)},
        {"not_before": datetime(9999, 12, 31, tzinfo=UTC)},
        {"not_before": datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))},
        {"not_before": "2031-01-01"},
    ],
    ids=["zero", "negative", "huge", "half", "naive", "early", "late", "overflow", "text"],
)
def test_periods_that_do_not_fit_are_refused(options: dict) -> None:
    with pytest.raises(UsageError):
        self_signed_certificate(pair("ML-DSA-44").private, "CN=x", **options)


def test_requests_of_other_kinds_are_refused() -> None:
    name = x509.Name.from_rfc4514_string("CN=x")
    for key, digest in (
        (ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()),
        (ed25519.Ed25519PrivateKey.generate(), None),
    ):
        pem = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, digest).public_bytes(Encoding.PEM)
        with pytest.raises(InvalidKey, match="not ML-DSA"):
            verify_request(pem)
    for wrong in (b"", b"hello", root(), None, quantum.export_public(pair("ML-DSA-44").public)):
        with pytest.raises(InvalidKey):
            verify_request(wrong)


def test_a_request_signed_by_another_key_is_refused() -> None:
    mine, other = (
        x509.load_pem_x509_csr(certificate_request(quantum.generate_keypair("ML-DSA-44").private, "CN=x")).public_bytes(
            Encoding.DER
        )
        for _ in range(2)
    )
    with pytest.raises(InvalidSignature):
        verify_request(mine[:-2420] + other[-2420:])


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_request_is_refused(data: st.DataObject) -> None:
    original = request_der()
    der = bytearray(original)
    place = data.draw(st.integers(0, 120) | st.integers(0, len(der) - 1))
    der[place] ^= data.draw(st.integers(1, 255))
    try:
        asked = verify_request(bytes(der))
    except (InvalidKey, InvalidSignature):
        return
    # The library ignores the count of unused bits before the signature, which is not under the signature.
    assert asked == verify_request(original)
    assert place == len(der) - 2421


@cache
def request_der() -> bytes:
    pem = certificate_request(pair("ML-DSA-44").private, "CN=x", dns_names=["a.example"])
    return x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_anything_else_is_no_request(data: bytes) -> None:
    with pytest.raises(InvalidKey):
        verify_request(data)


@given(st.text(max_size=70), st.lists(st.text(max_size=20), max_size=2))
@settings(max_examples=150, deadline=None)
def test_any_subject_and_names_give_a_request_or_a_clear_error(subject: str, names: list[str]) -> None:
    try:
        pem = certificate_request(pair("ML-DSA-44").private, subject, dns_names=names)
    except UsageError:
        return
    asked = verify_request(pem)
    assert asked.dns_names == tuple(names)
