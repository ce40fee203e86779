"""Is every package source signed?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import folder_texts
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

_UNSIGNED = re.compile(
    r"^\s*deb\S*\s+\[[^\]]*(trusted=yes|allow-insecure=yes|allow-weak=yes)|^\s*(Trusted|Allow-Insecure|Allow-Weak):\s*yes",
    re.MULTILINE | re.IGNORECASE,
)
_LAX = re.compile(
    r'^\s*(APT::Get::AllowUnauthenticated|Acquire::AllowInsecureRepositories|Acquire::AllowWeakRepositories)\s+"?(?:true|1|yes)',
    re.MULTILINE,
)
RULE = Rule(
    id="host.update.sources",
    version=1,
    title="Packages come from signed sources only",
    severity=Severity.HIGH,
    description="`trusted=yes` and AllowUnauthenticated install whatever the network delivers, as root.",
    remedy="Remove the option and add the source's key with `signed-by=`.",
    requirements=speaks_to(
        soc2="CC6.8 CC8.1", iso="A.8.19 A.5.21", pci="6.3.3 2.2.1", hipaa="164.312(c)(1)", gdpr="32"
    ),
    techniques=("T1195.002",),
)
CANARY = FakeHost(files={"/etc/apt/sources.list": "deb [trusted=yes] https://packages.example/debian stable main\n"})


def judge(view: HostView) -> Verdict:
    """Judge the sources and apt's switches."""
    if not view.list("/etc/apt"):
        return not_applicable("This host does not use apt.")
    sources = {"/etc/apt/sources.list": view.read_text("/etc/apt/sources.list") or ""}
    sources |= folder_texts(view, "/etc/apt/sources.list.d")
    configuration = folder_texts(view, "/etc/apt/apt.conf.d")
    offenders = [
        Offender(f"{path} trusts", f"A source in {path} is used without a signature.", path)
        for path, text in sources.items()
        if _UNSIGNED.search(text)
    ]
    offenders += [
        Offender(f"{path} {found.group(1)}", f"{path} sets {found.group(1)}.", path)
        for path, text in configuration.items()
        if (found := _LAX.search(text))
    ]
    looked = len(sources) + len(configuration)
    return judged(offenders, good="All package sources are signed", bad="Unsigned package sources", looked_at=looked)


CHECK = Check(RULE, judge, CANARY, planted="a source marked trusted=yes")
