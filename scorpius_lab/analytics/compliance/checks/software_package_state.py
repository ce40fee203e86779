"""Are all packages whole?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import all_of
from scorpius_lab.analytics.compliance.verdict import (
    Check,
    Exhibit,
    Offender,
    Verdict,
    judged,
    not_applicable,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

STATUS = "/var/lib/dpkg/status"
WHOLE = ("ok installed", "ok config-files", "ok not-installed")
_FIELD = re.compile(r"^(Package|Status|Version): (.*)$", re.MULTILINE)
RULE = Rule(
    id="host.software.package-state",
    version=1,
    title="Every system package is completely installed",
    severity=Severity.LOW,
    description="A package left half-way has scripts that never ran, and blocks updates of others.",
    remedy="`dpkg --configure -a && apt-get -f install`.",
    requirements=speaks_to(
        soc2="CC7.1 CC6.8", iso="A.8.19 A.5.9", pci="2.2.1 12.5.1", hipaa="164.310(d)(2)(iii)", gdpr="32"
    ),
)
CANARY = FakeHost(files={STATUS: "Package: planted\nStatus: install ok half-configured\nVersion: 1.0\n"})


def judge(view: HostView) -> Verdict:
    """Judge the state of each package; the list of all is evidence."""
    text = view.read_text(STATUS)
    if text is None:
        return not_applicable("This host does not use dpkg.")
    packages = [dict(_FIELD.findall(stanza)) for stanza in text.split("\n\n") if stanza.strip()]
    offenders = [
        Offender(package["Package"], f"{package['Package']} is {package.get('Status', 'without a state')}.", STATUS)
        for package in packages
        if not package.get("Status", "").endswith(WHOLE)
    ]
    lines = sorted(f"{p['Package']} {p.get('Version', '')} {p.get('Status', '')}" for p in packages)
    exhibits = [Exhibit("list of system packages", "\n".join(lines).encode())]
    good = f"{all_of(len(packages), 'package')} whole"
    return judged(offenders, good=good, bad="Broken packages", looked_at=len(packages), exhibits=exhibits)


CHECK = Check(RULE, judge, CANARY, planted="a half-configured package")
