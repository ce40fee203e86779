"""Does SSH offer broken ciphers, hashes or key exchanges?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import NO_SSHD, sshd
from scorpius_lab.analytics.compliance.verdict import ANY_SYSTEM, Check, Offender, Verdict, judged, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

WEAK = {
    "Ciphers": re.compile(r"^(.*-cbc(@.*)?|arcfour.*|3des.*|blowfish.*|cast128.*|none)$"),
    "MACs": re.compile(r"^(hmac-(md5|sha1|ripemd160).*|umac-64.*|none)$"),
    "KexAlgorithms": re.compile(r"^(diffie-hellman-group1-.*|diffie-hellman-group14-sha1|.*-group-exchange-sha1)$"),
    "HostKeyAlgorithms": re.compile(r"^(ssh-dss.*|ssh-rsa(-cert-v01@openssh\.com)?)$"),
    "PubkeyAcceptedAlgorithms": re.compile(r"^(ssh-dss.*|ssh-rsa(-cert-v01@openssh\.com)?)$"),
}
RULE = Rule(
    id="host.ssh.algorithms",
    version=1,
    title="SSH offers no broken algorithm",
    severity=Severity.MEDIUM,
    description="CBC and RC4 ciphers, MD5 and SHA-1 MACs, 1024-bit or SHA-1 key exchange, DSA and SHA-1 signatures.",
    remedy="Remove the named algorithms, or the whole line: OpenSSH's own defaults are sound.",
    requirements=speaks_to(
        soc2="CC6.7 CC6.1",
        iso="A.8.24 A.8.20",
        pci="2.2.7 4.2.1 12.3.3",
        hipaa="164.312(e)(1) 164.312(e)(2)(ii)",
        gdpr="32",
    ),
    techniques=("T1557",),
)
CANARY = FakeHost(
    files={"/etc/ssh/sshd_config": "Protocol 2\nCiphers aes256-gcm@openssh.com,3des-cbc\nMACs +hmac-md5\n"}
)


def judge(view: HostView) -> Verdict:
    """Judge the lists that are set, and the old protocol."""
    configuration = sshd(view)
    if configuration is None:
        return NO_SSHD
    offenders = []
    for keyword, weak in WEAK.items():
        for value, place in configuration.values(keyword, ""):
            # `-list` takes algorithms away; `+list` and `^list` add to the defaults.
            names = [] if value.startswith("-") else value.lstrip("+^").split(",")
            offenders += [
                Offender(f"{keyword} {name}", f"{keyword} offers {name} ({place}).", "/etc/ssh/sshd_config")
                for name in filter(weak.match, names)
            ]
    if "1" in configuration.value("Protocol", "2").split(","):
        offenders.append(
            Offender("Protocol 1", "The broken protocol 1 is allowed.", "/etc/ssh/sshd_config", Severity.HIGH)
        )
    return judged(offenders, good="No broken algorithm is offered", bad="Broken algorithms", looked_at=len(WEAK) + 1)


CHECK = Check(RULE, judge, CANARY, planted="3DES and MD5 in the lists", worst=Severity.HIGH, systems=ANY_SYSTEM)
