"""Are the certificates of this host's own services valid and strong?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.planted import EXPIRED_CERTIFICATE
from scorpius_lab.analytics.compliance.readings import all_of, counted, expiry_offenders
from scorpius_lab.analytics.compliance.verdict import (
    ANY_SYSTEM,
    Check,
    Offender,
    Verdict,
    judged,
    not_applicable,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.x509 import CertificateFacts, read_certificates

FOLDERS = ("/etc/ssl", "/etc/nginx/ssl", "/etc/nginx/certs", "/etc/apache2/ssl", "/etc/haproxy/certs",
           "/etc/pki/tls/certs", "/etc/postfix/certs", "/etc/dovecot/private",
           "/usr/local/share/ca-certificates")  # fmt: skip
SINGLE = ("/etc/ssl/certs/ssl-cert-snakeoil.pem", "/etc/dovecot/dovecot.pem", "/etc/webmin/miniserv.pem")
# Trust stores have checks of their own.
STORES = frozenset({"/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt",
                    "/etc/pki/tls/certs/ca-bundle.trust.crt"})  # fmt: skip
RULE = Rule(
    id="host.certificate.services",
    version=1,
    title="Certificates of this host's services are valid for 30 days and strong",
    severity=Severity.HIGH,
    description="Looks where web, mail and proxy servers keep certificates; RSA below 2048 bits and SHA-1 are weak.",
    remedy="Renew the certificate, with RSA-3072 or P-256 and SHA-256.",
    requirements=speaks_to(
        soc2="CC6.7 CC6.1", iso="A.8.24 A.8.21", pci="4.2.1 4.2.1.1", hipaa="164.312(e)(1) 164.312(e)(2)(ii)", gdpr="32"
    ),
)
CANARY = FakeHost(files={"/etc/nginx/ssl/site.crt": FakeFile(EXPIRED_CERTIFICATE)})


def judge(view: HostView) -> Verdict:
    """Judge validity, key and signature of each certificate found."""
    paths = [f"{folder}/{name}" for folder in FOLDERS for name in view.try_list(folder)
             if name.endswith((".pem", ".crt", ".cer"))]  # fmt: skip
    paths += [f"/etc/letsencrypt/live/{name}/cert.pem" for name in view.try_list("/etc/letsencrypt/live")]
    found: dict[str, tuple[CertificateFacts, ...]] = {}
    for path in (*paths, *SINGLE):
        text = None if path in STORES else view.try_read(path)
        facts = read_certificates(text.encode(errors="replace"), path) if text else ()
        if facts:
            found[path] = facts
    if not found:
        return not_applicable("No certificates of services were found in the usual places.")
    offenders = expiry_offenders(found, view.now()) + _weak(found)
    number = sum(len(facts) for facts in found.values())
    good = f"{all_of(number, 'certificate')} valid for 30 days and strong, in {counted(len(found), 'file')}"
    return judged(offenders, good=good, bad="Certificates that have to be renewed", looked_at=number)


def _weak(found: dict[str, tuple[CertificateFacts, ...]]) -> list[Offender]:
    weak = []
    for path, facts in found.items():
        for one in facts:
            small = one.key.startswith("RSA-") and int(one.key.removeprefix("RSA-")) < 2048  # noqa: PLR2004
            if small or one.signature_hash in ("md5", "sha1"):
                message = (
                    f"{one.subject} in {path} uses {one.key} signed with {one.signature_hash or 'an unknown hash'}."
                )
                weak.append(Offender(f"weak {one.subject} {one.sha256[:12]}", message, path))
    return weak


CHECK = Check(RULE, judge, CANARY, planted="an expired certificate of a web server", systems=ANY_SYSTEM)
