"""Are security updates waiting?"""

from __future__ import annotations

import re
from datetime import timedelta

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.verdict import (
    Check,
    Exhibit,
    Offender,
    Verdict,
    judged,
    not_applicable,
    not_evaluated,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.observations import State
from scorpius_lab.core.rules import Rule, Severity

LISTS = "/var/lib/apt/lists"
# The touch of a list is the server's time; these are touched by the fetch itself.
FETCH_MARKS = ("/var/lib/apt/periodic/update-success-stamp", LISTS, f"{LISTS}/partial")
OLDEST = timedelta(days=7)
SIMULATE = ["apt-get", "-s", "-o", "Debug::NoLocking=1", "upgrade"]
_INSTALL = re.compile(r"^Inst (\S+)(?: \[([^\]]*)\])? \((\S+) ([^\[)]*)", re.MULTILINE)
RULE = Rule(
    id="host.update.pending",
    version=1,
    title="No security update is waiting",
    severity=Severity.HIGH,
    description="Asks apt, without the network, what it would install from the package lists it has.",
    remedy="`apt-get update && apt-get upgrade`, then restart what was updated.",
    requirements=speaks_to(soc2="CC7.1 CC6.8", iso="A.8.8", pci="6.3.3", hipaa="164.308(a)(1)(ii)(B)", gdpr="32"),
    techniques=("T1190",),
    tags=("slow",),
)
CANARY = FakeHost(
    files={
        "/etc/apt/sources.list": "",
        LISTS: FakeFile(kind="folder", mode=0o755),
        f"{LISTS}/planted_InRelease": "x",
    },
    commands={" ".join(SIMULATE): "Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])\n"},
)


def judge(view: HostView) -> Verdict:
    """Judge what apt would install, unless its lists are too old to say."""
    if not view.list("/etc/apt"):
        return not_applicable("This host does not use apt.")
    if not any(name.endswith(("_InRelease", "_Packages", "_Release")) for name in view.list(LISTS)):
        return not_evaluated("apt has no package lists; run `apt-get update` first.")
    touched = [status.modified for path in FETCH_MARKS if (status := view.stat(path))]
    age = view.now() - max(touched)
    simulated = view.run(SIMULATE, 20.0)
    if simulated is None or simulated.code != 0:
        return not_evaluated("apt-get could not work out what it would install.")
    waiting = _INSTALL.findall(simulated.stdout)
    security = [found for found in waiting if "security" in found[3].lower()]
    offenders = [
        Offender(
            name, f"{name} {old or 'new'} has a security update to {new}.", detail={"installed": old, "offered": new}
        )
        for name, old, new, _ in security
    ]
    if others := len(waiting) - len(security):
        offenders.append(Offender("other updates", f"{others} other updates are waiting.", severity=Severity.LOW))
    listing = "\n".join(" ".join(found) for found in waiting).encode()
    exhibits = [Exhibit("list of waiting updates", listing)] if waiting else []
    counted = f"{len(security)} security and {others} other updates are waiting"
    if age > OLDEST and not security:
        return Verdict(State.STALE, f"The package lists are {age.days} days old; run `apt-get update`.", covered=False)
    return judged(
        offenders,
        good="No update is waiting",
        bad=counted,
        looked_at=len(waiting),
        exhibits=exhibits,
        lists_days_old=age.days,
        covered=age <= OLDEST,
    )


CHECK = Check(RULE, judge, CANARY, planted="a security update of openssl waiting", time_limit=25.0)
