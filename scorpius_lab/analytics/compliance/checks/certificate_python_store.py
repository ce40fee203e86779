"""Does Python trust certificates that have expired?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.planted import EXPIRED_CERTIFICATE
from scorpius_lab.analytics.compliance.readings import counted, expiry_offenders
from scorpius_lab.analytics.compliance.verdict import ANY_SYSTEM, Check, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.x509 import read_certificates

RULE = Rule(
    id="host.certificate.python-store",
    version=1,
    title="Python's own trust store holds no expired certificate",
    severity=Severity.LOW,
    description="Python libraries trust the roots of the package certifi, which the system's updates do not touch.",
    remedy="`python -m pip install --upgrade certifi` in the environment that runs the services.",
    requirements=speaks_to(soc2="CC6.7", iso="A.8.24", pci="4.2.1 4.2.1.1", hipaa="164.312(e)(1)", gdpr="32"),
)
CANARY = FakeHost(
    files={"/certifi/cacert.pem": FakeFile(EXPIRED_CERTIFICATE)}, environment={"certifi": "/certifi/cacert.pem"}
)


def judge(view: HostView) -> Verdict:
    """Judge every certificate of certifi's bundle."""
    path = view.environment.get("certifi", "")
    data = view.read_bytes(path) if path else None
    if not data:
        return not_applicable("The package certifi is not installed for this Python.")
    facts = read_certificates(data, path)
    offenders = expiry_offenders({path: facts}, view.now())
    good = f"None of {counted(len(facts), 'certificate')} of certifi ends within 30 days"
    bad = f"{len(offenders)} of {counted(len(facts), 'certificate')} of certifi have expired or will within 30 days"
    return judged(offenders, good=good, bad=bad, looked_at=len(facts))


CHECK = Check(RULE, judge, CANARY, planted="an expired root certificate", systems=ANY_SYSTEM)
