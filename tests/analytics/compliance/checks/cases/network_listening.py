"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

HEADER = "  sl  local_address rem_address st\n"
ROW = "   0: {} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n"
PASSING = FakeHost({"/proc/net/tcp": HEADER + ROW.format("0100007F:1538") + ROW.format("00000000:0016")})
FAILING = FakeHost({"/proc/net/tcp6": HEADER + ROW.format("0" * 32 + ":1538")})
ERRORING = FakeHost({"/proc/net/tcp": HEADER + ROW.format("somewhere:1538")})
