"""Certificates: the facts a check needs, read from PEM bundles or DER."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scorpius_lab.errors import FormatError

if TYPE_CHECKING:
    from cryptography import x509

_PEM = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----.*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Subject, validity and fingerprint of a certificate; `self_signed` if issuer and subject are the same."""

    subject: str
    not_before: datetime
    not_after: datetime
    sha256: str
    self_signed: bool
    key: str
    signature_hash: str


def read_certificates(data: bytes, path: str) -> tuple[CertificateFacts, ...]:
    """Every certificate of a PEM bundle, or the one of a DER file. Raises FormatError naming file and place."""
    from cryptography import x509

    blocks = _PEM.findall(data)
    if not blocks and data[:1] != b"\x30":
        return ()
    load = x509.load_pem_x509_certificate if blocks else x509.load_der_x509_certificate
    found = []
    for number, block in enumerate(blocks or [data], 1):
        try:
            with warnings.catch_warnings():
                # Old roots carry serial numbers of zero; that is not for the reader of a report to hear about.
                warnings.simplefilter("ignore")
                found.append(_facts(load(block)))
        except (ValueError, TypeError) as problem:
            raise FormatError(f"certificate {number} of {path} cannot be read: {problem}") from problem
    return tuple(found)


def _facts(certificate: x509.Certificate) -> CertificateFacts:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes

    try:
        signed_with = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        signed_with = None
    return CertificateFacts(
        subject=_subject(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        self_signed=certificate.issuer == certificate.subject,
        key=_key(certificate),
        signature_hash=signed_with.name if signed_with else "",
    )


def _subject(certificate: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID

    for wanted in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        names = certificate.subject.get_attributes_for_oid(wanted)
        if names:
            value = names[0].value
            return value if isinstance(value, str) else value.decode(errors="replace")
    return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"


def _key(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "unknown"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC-{key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey")
