"""Certificates: facts, and refusals that name the place."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.analytics.compliance.planted import EXPIRED_CERTIFICATE
from scorpius_lab.errors import FormatError
from scorpius_lab.formats.x509 import read_certificates


def test_facts_of_pem_and_der_agree():
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    pem = EXPIRED_CERTIFICATE.encode()
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    (facts,) = read_certificates(pem, "a")
    assert read_certificates(der, "b") == (facts,)
    assert facts.not_after == datetime(2020, 1, 1, tzinfo=UTC)
    assert (facts.subject, facts.key, facts.signature_hash) == ("Planted canary, expired", "EC-secp256r1", "sha256")
    assert facts.self_signed


def test_a_bundle_names_the_certificate_that_is_broken():
    pem = EXPIRED_CERTIFICATE.encode()
    assert len(read_certificates(b"# words\n" + pem + b"\nmore\n" + pem, "a")) == 2
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(FormatError, match=r"certificate 2 of /etc/a\.pem"):
        read_certificates(pem + broken, "/etc/a.pem")
    assert read_certificates(b"no certificate here", "x") == ()


def refusal(content: bytes) -> str:
    try:
        read_certificates(content, "/x")
    except FormatError as problem:
        return str(problem)
    return "/x is fine"


@given(st.binary(max_size=200), st.integers(0, 500))
def test_damage_is_a_format_error(data, cut):
    for content in (data, b"\x30" + data, EXPIRED_CERTIFICATE.encode()[:cut] + data):
        assert "/x" in refusal(content)
