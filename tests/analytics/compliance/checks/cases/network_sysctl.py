"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/proc/sys/net/ipv4/tcp_syncookies": "1\n", "/proc/sys/net/ipv4/conf/all/rp_filter": "2\n"})
FAILING = FakeHost({"/proc/sys/net/ipv4/tcp_syncookies": "0\n"})
ERRORING = FakeHost({"/proc/sys/net/ipv4/tcp_syncookies": "on\n"})
