"""What can be reached on this host from outside?"""

from __future__ import annotations

import json

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import counted, listening
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
from scorpius_lab.formats.kernel_text import Socket

# What a host may offer to the world without a word; 68 and 546 are answers to its own DHCP, 123 and 5353 its peers'.
EXPECTED = frozenset({22, 80, 443, 68, 123, 546})
PLAINTEXT = {
    21: "FTP",
    23: "Telnet",
    69: "TFTP",
    111: "portmapper",
    512: "rexec",
    513: "rlogin",
    514: "rsh",
    873: "rsync",
}
CLOSED = {2375: "Docker without TLS", 3306: "MySQL", 5432: "PostgreSQL", 6379: "Redis", 9200: "Elasticsearch",
          11211: "memcached", 27017: "MongoDB", 5900: "VNC", 6000: "X11", 8888: "Jupyter", 2049: "NFS"}  # fmt: skip
RULE = Rule(
    id="host.network.listening",
    version=1,
    title="Only expected services can be reached from outside",
    severity=Severity.MEDIUM,
    description="Sockets bound to more than loopback, from /proc/net; a firewall before them is not seen.",
    remedy="Stop the service, bind it to 127.0.0.1, or record why it has to be reachable.",
    requirements=speaks_to(
        soc2="CC6.6", iso="A.8.20 A.8.21", pci="1.2.5 2.2.4 2.2.5", hipaa="164.312(e)(1) 164.312(a)(1)", gdpr="32"
    ),
    techniques=("T1133",),
)
_HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
CANARY = FakeHost(
    files={
        "/proc/net/tcp": _HEADER + "   0: 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n"
    }
)


def judge(view: HostView) -> Verdict:
    """Judge every socket that is reachable from another host."""
    sockets = listening(view)
    if sockets is None:
        return not_applicable("The kernel's socket tables are not here.")
    reachable = sorted({(s.protocol[:3], s.port): s for s in sockets if s.reachable}.items())
    offenders = [_offender(socket) for (_, port), socket in reachable if port not in EXPECTED]
    listed = json.dumps([{"protocol": s.protocol, "address": s.address, "port": s.port, "uid": s.uid} for s in sockets])
    return judged(
        offenders,
        good=f"Of {counted(len(sockets), 'open socket')} {len(reachable)} can be reached, all on expected ports",
        bad=f"{counted(len(offenders), 'unexpected service is', 'unexpected services are')} reachable",
        looked_at=len(sockets),
        exhibits=[Exhibit("list of listening sockets", listed.encode(), "application/json")],
        reachable=len(reachable),
    )


def _offender(socket: Socket) -> Offender:
    kind = PLAINTEXT.get(socket.port) or CLOSED.get(socket.port)
    severity = Severity.HIGH if kind else Severity.LOW
    port = f"{socket.protocol} port {socket.port}"
    what = f"{kind} ({port})" if kind else f"An unexpected service ({port})"
    message = f"{what} is reachable on {socket.address}, as user {socket.uid}."
    return Offender(f"{socket.protocol[:3]} port {socket.port}", message, "", severity)


CHECK = Check(RULE, judge, CANARY, planted="a Telnet server on all addresses", worst=Severity.HIGH)
