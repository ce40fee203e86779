"""Does the system trust certificates that have expired?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.planted import EXPIRED_CERTIFICATE
from scorpius_lab.analytics.compliance.readings import counted, expiry_offenders
from scorpius_lab.analytics.compliance.verdict import ANY_SYSTEM, Check, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.x509 import read_certificates

STORES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
RULE = Rule(
    id="host.certificate.system-store",
    version=1,
    title="The system's trust store holds no expired certificate",
    severity=Severity.LOW,
    description="Expired roots break connections, and show that the store is not kept up.",
    remedy="`apt-get install --only-upgrade ca-certificates && update-ca-certificates --fresh`.",
    requirements=speaks_to(soc2="CC6.7", iso="A.8.24", pci="4.2.1 4.2.1.1", hipaa="164.312(e)(1)", gdpr="32"),
)
CANARY = FakeHost(files={STORES[0]: FakeFile(EXPIRED_CERTIFICATE)})


def judge(view: HostView) -> Verdict:
    """Judge every certificate of the first store found."""
    for path in STORES:
        data = view.read_bytes(path)
        if data:
            facts = read_certificates(data, path)
            offenders = expiry_offenders({path: facts}, view.now())
            good = f"None of {counted(len(facts), 'trusted certificate')} ends within 30 days"
            bad = (
                f"{len(offenders)} of {counted(len(facts), 'trusted certificate')} have expired or will within 30 days"
            )
            return judged(offenders, good=good, bad=bad, looked_at=len(facts))
    return not_applicable("No trust store was found in the usual places.")


CHECK = Check(RULE, judge, CANARY, planted="an expired root certificate", systems=ANY_SYSTEM)
