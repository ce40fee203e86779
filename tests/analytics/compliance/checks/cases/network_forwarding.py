"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/proc/sys/net/ipv4/ip_forward": "0\n"})
FAILING = FakeHost({"/proc/sys/net/ipv4/ip_forward": "0\n", "/proc/sys/net/ipv6/conf/all/forwarding": "1\n"})
ERRORING = FakeHost({"/proc/sys/net/ipv4/ip_forward": "\n"})
