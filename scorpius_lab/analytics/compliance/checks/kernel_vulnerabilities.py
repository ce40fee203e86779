"""Is the processor protected against the known side channels?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import counted
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

FOLDER = "/sys/devices/system/cpu/vulnerabilities"
RULE = Rule(
    id="host.kernel.vulnerabilities",
    version=1,
    title="The kernel reports no unmitigated processor flaw",
    severity=Severity.MEDIUM,
    description="Spectre, Meltdown and their kin, as the running kernel itself reports them.",
    remedy="Install current microcode and kernel, and boot without `mitigations=off`; in a guest, ask its operator.",
    requirements=speaks_to(soc2="CC7.1", iso="A.8.8", pci="6.3.3 11.3.1", hipaa="164.308(a)(1)(ii)(B)", gdpr="32"),
    techniques=("T1211",),
)
CANARY = FakeHost(files={f"{FOLDER}/meltdown": "Vulnerable\n", f"{FOLDER}/spectre_v1": "Mitigation: barriers\n"})


def judge(view: HostView) -> Verdict:
    """Read the kernel's word on each flaw."""
    names = view.list(FOLDER)
    if not names:
        return not_applicable("The kernel reports no processor flaws here.")
    said = {name: (view.read_text(f"{FOLDER}/{name}") or "").strip() for name in names}
    offenders = [
        Offender(name, f"{name}: {text}.", f"{FOLDER}/{name}")
        for name, text in said.items()
        if text.startswith("Vulnerable")
    ]
    good = f"None of {counted(len(said), 'known processor flaw')} is unmitigated"
    return judged(offenders, good=good, bad="Unmitigated processor flaws", looked_at=len(said))


CHECK = Check(RULE, judge, CANARY, planted="an unmitigated Meltdown")
