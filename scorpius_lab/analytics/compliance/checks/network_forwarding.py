"""Does this host pass packets on?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import sysctl_verdict
from scorpius_lab.analytics.compliance.verdict import Check, Verdict, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

WANTED = {
    "net.ipv4.ip_forward": (lambda v: v == 0, "0 unless the host is a router or runs containers"),
    "net.ipv6.conf.all.forwarding": (lambda v: v == 0, "0 unless the host is a router or runs containers"),
    "net.ipv6.conf.all.accept_ra": (lambda v: v == 0, "0 on a server with a fixed address"),
}
RULE = Rule(
    id="host.network.forwarding",
    version=1,
    title="The host forwards no packets and takes no routes from strangers",
    severity=Severity.LOW,
    description="A host that forwards joins networks that were meant to be apart. Container hosts forward on purpose.",
    remedy="Set net.ipv4.ip_forward, net.ipv6.conf.all.forwarding and accept_ra to 0 in /etc/sysctl.d/60-network.conf.",
    requirements=speaks_to(soc2="CC6.6", iso="A.8.20 A.8.22", pci="1.4.1 2.2.6", hipaa="164.312(e)(1)", gdpr="32"),
)
CANARY = FakeHost(files={"/proc/sys/net/ipv4/ip_forward": "1\n"})


def judge(view: HostView) -> Verdict:
    """Compare the values in force."""
    return sysctl_verdict(view, WANTED, topic="forwarding")


CHECK = Check(RULE, judge, CANARY, planted="IPv4 forwarding switched on")
