"""Does a packet filter stand before the services of this host?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import listening
from scorpius_lab.analytics.compliance.verdict import (
    Check,
    Offender,
    Verdict,
    judged,
    not_applicable,
    not_evaluated,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

PROGRAMS = ("nft", "iptables", "ufw", "firewall-cmd")
RULE = Rule(
    id="host.network.firewall",
    version=1,
    title="A packet filter drops what is not expected",
    severity=Severity.HIGH,
    description="Looks for an input chain that drops or rejects; a filter further out is not seen from here.",
    remedy="Install nftables and load a rule set whose input chain has `policy drop`; enable its service.",
    requirements=speaks_to(soc2="CC6.6", iso="A.8.20 A.8.22", pci="1.5.1 1.3.1", hipaa="164.312(e)(1)", gdpr="32"),
    techniques=("T1562.004",),
)
CANARY = FakeHost(
    files={
        "/usr/sbin/nft": "",
        "/proc/net/tcp": (
            "  sl  local_address rem_address st\n"
            "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n"
        ),
    },
    commands={
        "nft list ruleset": "table inet filter {\n chain input {\n type filter hook input; policy accept;\n }\n}\n"
    },
)


def judge(view: HostView) -> Verdict:
    """Ask nft, else iptables, for the rules in force."""
    sockets = listening(view)
    if sockets is None:
        return not_applicable("The kernel's socket tables are not here, so this is no running host.")
    reachable = len({(s.protocol[:3], s.port) for s in sockets if s.reachable})
    if view.installed(*PROGRAMS) is None:
        return _without(reachable, "No packet filter program is installed")
    if not view.root:
        return not_evaluated("Reading the packet filter's rules takes root.")
    return _by_rules(view, reachable)


def _by_rules(view: HostView, reachable: int) -> Verdict:
    ruleset = view.run(["nft", "list", "ruleset"], 3.0)
    if ruleset is not None and ruleset.code == 0 and "hook input" in ruleset.stdout:
        filters = "policy drop" in ruleset.stdout or " drop" in ruleset.stdout or " reject" in ruleset.stdout
        return _with() if filters else _without(reachable, "The nftables input chain accepts everything")
    listed = view.run(["iptables", "-S", "INPUT"], 3.0)
    if listed is not None and listed.code == 0:
        filters = any(word in listed.stdout for word in ("-P INPUT DROP", "-j DROP", "-j REJECT"))
        return _with() if filters else _without(reachable, "The iptables input chain accepts everything")
    if any(result is not None and result.code for result in (ruleset, listed)):
        return not_evaluated("The packet filter's rules could not be read; the kernel refused.")
    return _without(reachable, "No input chain is loaded")


def _with() -> Verdict:
    return judged([], good="The input chain drops or rejects what is not expected", bad="")


def _without(reachable: int, why: str) -> Verdict:
    if not reachable:
        return judged([], good=f"{why}, but nothing on this host can be reached from outside", bad="")
    ports = "one port" if reachable == 1 else f"{reachable} ports"
    message = f"{why} while {ports} can be reached from outside."
    return judged([Offender("input", message)], good="", bad=why, reachable=reachable)


CHECK = Check(RULE, judge, CANARY, planted="an input chain that accepts everything")
