"""X.509 certificates and certificate requests signed with ML-DSA (RFC 9881), for ML-DSA and ML-KEM (RFC 9935) keys.

A key's algorithm says what a certificate lets it do: ML-DSA keys sign, and as an authority sign certificates and
revocation lists; ML-KEM keys encipher keys and nothing else ("Key Usage Bits" of both). There is no certificate for
SLH-DSA, X-Wing, ML-KEM-512 and the hybrids, because `cryptography` writes none with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem
from cryptography.hazmat.primitives.serialization import Encoding

from scorpius_lab.errors import InvalidKey, InvalidSignature, UsageError
from scorpius_lab.quantum.formats.pem import read_block
from scorpius_lab.quantum.keys import PrivateKey, PublicKey

ENCIPHERMENT: Final = ("key_encipherment",)
SIGNATURE: Final = ("digital_signature",)
AUTHORITY: Final = ("digital_signature", "key_cert_sign", "crl_sign")
_ALL_USES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
LONGEST_VALIDITY_DAYS: Final = 36_525
CERTIFICATE_LABEL: Final = "CERTIFICATE"
REQUEST_LABELS: Final = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")

SigningKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
_SIGNING: Final[dict[str, type[SigningKey]]] = {
    "ML-DSA-44": mldsa.MLDSA44PrivateKey,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey,
}
CertifiedKey = (
    mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
    | mlkem.MLKEM768PublicKey
    | mlkem.MLKEM1024PublicKey
)
_CERTIFIED: Final[dict[str, type[CertifiedKey]]] = {
    "ML-DSA-44": mldsa.MLDSA44PublicKey,
    "ML-DSA-65": mldsa.MLDSA65PublicKey,
    "ML-DSA-87": mldsa.MLDSA87PublicKey,
    "ML-KEM-768": mlkem.MLKEM768PublicKey,
    "ML-KEM-1024": mlkem.MLKEM1024PublicKey,
}
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
LONGEST_DNS_NAME: Final = 253
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS_NAME: Final = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
EARLIEST_YEAR: Final = 1951  # RFC 5280 writes no time before 1950
LATEST_YEAR: Final = 9800
Builder = TypeVar("Builder", x509.CertificateBuilder, x509.CertificateSigningRequestBuilder)


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What a verified request asks for; whether it may have it is for the authority to decide.

    `subject` is a distinguished name in the text form of RFC 4514.
    """

    subject: str
    public_key: PublicKey
    dns_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Period:
    begin: datetime
    end: datetime


def self_signed_certificate(
    private: PrivateKey,
    subject: str,
    *,
    valid_days: int = 365,
    not_before: datetime | None = None,
    dns_names: Sequence[str] = (),
    ca: bool = False,
) -> bytes:
    """A PEM certificate that an ML-DSA key signs for itself; `ca` makes it an authority's, which may sign others.

    `subject` is a distinguished name as RFC 4514 writes it ("CN=signer,O=Example"), or a common name alone ("signer").
    `not_before` is the start of its validity, with a time zone; now if None. Raises InvalidKey: a key of another
    algorithm; UsageError: a subject, name or period that a certificate cannot hold.
    """
    key = _signing_key(private)
    uses = AUTHORITY if ca else SIGNATURE
    name = _name(subject)
    builder = _certificate(key.public_key(), name, _period(valid_days, not_before), uses, authority=ca)
    return _signed(_with_dns_names(builder.issuer_name(name), dns_names), key)


def issue_certificate(
    public: PublicKey,
    subject: str,
    *,
    issuer: PrivateKey,
    issuer_certificate: bytes,
    valid_days: int = 365,
    not_before: datetime | None = None,
    dns_names: Sequence[str] = (),
) -> bytes:
    """A PEM certificate for another's ML-DSA or ML-KEM key, signed by an authority's ML-DSA key.

    It may encipher keys if it holds an ML-KEM key, else sign, and is never an authority itself. The caller has made
    sure that the subject holds the private key: an ML-DSA request shows it (`verify_request`), an ML-KEM key cannot
    sign one. `subject`, `not_before` and `dns_names` are those of `self_signed_certificate`.
    Raises InvalidKey: an algorithm without certificates, an issuer's certificate that is damaged or of another key;
    UsageError: an issuer that is no authority or whose certificate does not cover the period, or an unfit subject.
    """
    certified = _certified_key(public)
    key, period = _signing_key(issuer), _period(valid_days, not_before)
    above = _issuer_certificate(issuer_certificate, key, period)
    uses = ENCIPHERMENT if public.algorithm.startswith("ML-KEM") else SIGNATURE
    builder = _certificate(certified, _name(subject), period, uses, authority=False)
    builder = builder.issuer_name(above.subject).add_extension(_authority_key(above, key), critical=False)
    return _signed(_with_dns_names(builder, dns_names), key)


def certificate_request(private: PrivateKey, subject: str, *, dns_names: Sequence[str] = ()) -> bytes:
    """A PEM certificate request (PKCS#10, RFC 2986), signed with the ML-DSA key it asks a certificate for.

    Raises InvalidKey: a key of another algorithm; UsageError: a subject or name that a request cannot hold.
    """
    key = _signing_key(private)
    builder = _with_dns_names(x509.CertificateSigningRequestBuilder().subject_name(_name(subject)), dns_names)
    return builder.sign(key, None).public_bytes(Encoding.PEM)


def verify_request(request: bytes) -> CertificateRequest:
    """What a certificate request, PEM or DER, asks for, after its own signature was verified.

    Raises InvalidKey: damaged, another kind of file, or not an ML-DSA key; InvalidSignature: not signed by that key.
    """
    block = read_block(request)
    if block.label is not None and block.label not in REQUEST_LABELS:
        raise InvalidKey(f"the file holds a {block.label[:40]}, not a certificate request")
    try:
        parsed = x509.load_der_x509_csr(block.der)
        facts = CertificateRequest(parsed.subject.rfc4514_string(), _typed(parsed.public_key()), _asked_names(parsed))
        holds = parsed.is_signature_valid
    except _UNREADABLE:
        raise InvalidKey("the certificate request is damaged, or asks for something that is not read here") from None
    if not holds:
        raise InvalidSignature("the certificate request is not signed by the key that it asks a certificate for")
    return facts


# -- keys


def _signing_key(private: PrivateKey) -> SigningKey:
    if not isinstance(private, PrivateKey):
        raise InvalidKey(f"a typed private key signs certificates, not {type(private).__name__}")
    kind = _SIGNING.get(private.algorithm)
    if kind is None:
        raise InvalidKey(f"certificates are signed with ML-DSA-44, ML-DSA-65 or ML-DSA-87, not {private.algorithm}")
    return kind.from_seed_bytes(private.data)


def _certified_key(public: PublicKey) -> CertifiedKey:
    if not isinstance(public, PublicKey):
        raise InvalidKey(f"a certificate is issued for a typed public key, not {type(public).__name__}")
    kind = _CERTIFIED.get(public.algorithm)
    if kind is None:
        raise InvalidKey(f"there are certificates for ML-DSA, ML-KEM-768 and ML-KEM-1024 keys, not {public.algorithm}")
    try:
        return kind.from_public_bytes(public.data)
    except ValueError:
        raise InvalidKey(f"the {public.algorithm} public key holds a value outside its range") from None


def _typed(key: object) -> PublicKey:
    for name, kind in _CERTIFIED.items():
        if isinstance(key, kind):
            return PublicKey(name, key.public_bytes_raw())
    raise InvalidKey("the certificate request is for a key that is not ML-DSA")


# -- what a certificate says


def _certificate(
    key: CertifiedKey, subject: x509.Name, period: _Period, uses: tuple[str, ...], *, authority: bool
) -> x509.CertificateBuilder:
    """A certificate but for its issuer. The serial number is 20 random bytes, less the sign bit."""
    usage = x509.KeyUsage(**{use: use in uses for use in _ALL_USES})
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(period.begin)
        .not_valid_after(period.end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: SigningKey) -> bytes:
    return builder.sign(key, None).public_bytes(Encoding.PEM)


def _name(subject: str) -> x509.Name:
    if not isinstance(subject, str) or not subject.strip():
        raise UsageError('a certificate needs a subject: a common name, or a text like "CN=signer,O=Example"')
    try:
        if "=" in subject:
            return x509.Name.from_rfc4514_string(subject)
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
    except ValueError:
        raise UsageError(
            f'the subject {subject[:80]!r} is not a distinguished name like "CN=signer,O=Example", '
            "or a part of it is too long (a common name has up to 64 characters)"
        ) from None


def _with_dns_names(builder: Builder, dns_names: Sequence[str]) -> Builder:
    if isinstance(dns_names, str) or not isinstance(dns_names, Sequence):
        raise UsageError("dns_names is a list of names, also for one name")
    if not dns_names:
        return builder
    for name in dns_names:
        if not isinstance(name, str) or len(name) > LONGEST_DNS_NAME or not _DNS_NAME.fullmatch(name):
            raise UsageError(
                f"{str(name)[:80]!r} is not a DNS name; international names are written in their xn-- form"
            )
    return builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name) for name in dns_names]), critical=False
    )


def _asked_names(request: x509.CertificateSigningRequest) -> tuple[str, ...]:
    try:
        extension = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _period(valid_days: int, not_before: datetime | None) -> _Period:
    if not isinstance(valid_days, int) or not 1 <= valid_days <= LONGEST_VALIDITY_DAYS:
        raise UsageError(f"a certificate is valid for 1 to {LONGEST_VALIDITY_DAYS} days, not {str(valid_days)[:20]}")
    begin = datetime.now(UTC) if not_before is None else not_before
    if not isinstance(begin, datetime) or begin.tzinfo is None:
        raise UsageError("not_before is no time with a time zone; give one like datetime(2030, 1, 1, tzinfo=UTC)")
    # The year is looked at first: near the ends of the calendar a time zone cannot be changed.
    if not EARLIEST_YEAR <= begin.year <= LATEST_YEAR:
        raise UsageError(f"not_before lies in the year {begin.year}; take one from {EARLIEST_YEAR} to {LATEST_YEAR}")
    begin = begin.astimezone(UTC).replace(microsecond=0)  # certificates hold whole seconds
    return _Period(begin, begin + timedelta(days=valid_days))


def _issuer_certificate(data: bytes, key: SigningKey, period: _Period) -> x509.Certificate:
    block = read_block(data)
    if block.label not in (None, CERTIFICATE_LABEL):
        raise InvalidKey(f"the issuer's file holds a {block.label[:40]}, not a {CERTIFICATE_LABEL}")
    try:
        certificate = x509.load_der_x509_certificate(block.der)
        same_key = _typed(certificate.public_key()).data == key.public_key().public_bytes_raw()
        authority = _may_sign_certificates(certificate)
        covered = certificate.not_valid_before_utc <= period.begin and period.end <= certificate.not_valid_after_utc
    except _UNREADABLE:
        raise InvalidKey("the issuer's certificate is damaged, or of a kind that is not read here") from None
    if not same_key:
        raise InvalidKey("the issuer's certificate is not the one of the issuer's private key")
    if not authority:
        raise UsageError("the issuer's certificate does not let it sign others; make it with ca=True")
    if not covered:
        raise UsageError("the issuer's certificate is not valid for the whole period asked for; choose a shorter one")
    return certificate


def _authority_key(issuer: x509.Certificate, key: SigningKey) -> x509.AuthorityKeyIdentifier:
    """The issuer's key as its own certificate names it (RFC 5280 section 4.2.1.1)."""
    try:
        named = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named)


def _may_sign_certificates(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca and usage.key_cert_sign
