"""Does the kernel refuse forged and redirecting packets?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import sysctl_verdict
from scorpius_lab.analytics.compliance.verdict import Check, Verdict, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

WANTED = {
    "net.ipv4.conf.all.accept_redirects": (lambda v: v == 0, "0"),
    "net.ipv4.conf.default.accept_redirects": (lambda v: v == 0, "0"),
    "net.ipv4.conf.all.secure_redirects": (lambda v: v == 0, "0"),
    "net.ipv4.conf.all.send_redirects": (lambda v: v == 0, "0"),
    "net.ipv4.conf.default.send_redirects": (lambda v: v == 0, "0"),
    "net.ipv4.conf.all.accept_source_route": (lambda v: v == 0, "0"),
    "net.ipv4.conf.all.rp_filter": (lambda v: v in (1, 2), "1 or 2"),
    "net.ipv4.conf.all.log_martians": (lambda v: v == 1, "1"),
    "net.ipv4.icmp_echo_ignore_broadcasts": (lambda v: v == 1, "1"),
    "net.ipv4.icmp_ignore_bogus_error_responses": (lambda v: v == 1, "1"),
    "net.ipv4.tcp_syncookies": (lambda v: v in (1, 2), "1"),
    "net.ipv6.conf.all.accept_redirects": (lambda v: v == 0, "0"),
    "net.ipv6.conf.all.accept_source_route": (lambda v: v <= 0, "0"),
}
RULE = Rule(
    id="host.network.sysctl",
    version=1,
    title="The kernel refuses redirects, source routes and forged senders",
    severity=Severity.LOW,
    remedy="Put the named settings into /etc/sysctl.d/60-network.conf and run `sysctl --system`.",
    description="Reads the values in force under /proc/sys/net.",
    requirements=speaks_to(soc2="CC6.6 CC7.1", iso="A.8.20 A.8.9", pci="1.4.3 2.2.6", hipaa="164.312(e)(1)", gdpr="32"),
    techniques=("T1557",),
)
CANARY = FakeHost(files={"/proc/sys/net/ipv4/conf/all/accept_redirects": "1\n"})


def judge(view: HostView) -> Verdict:
    """Compare the values in force."""
    return sysctl_verdict(view, WANTED, topic="network packets")


CHECK = Check(RULE, judge, CANARY, planted="redirects accepted")
