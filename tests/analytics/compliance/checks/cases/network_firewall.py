"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

HEADER = "  sl  local_address rem_address st\n"
ROW = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n"
FILES = {"/usr/sbin/nft": "", "/proc/net/tcp": HEADER + ROW}
RULES = "table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n }\n}\n"
PASSING = FakeHost(FILES, {"nft list ruleset": RULES})
FAILING = FakeHost({"/proc/net/tcp": HEADER + ROW})
ERRORING = FakeHost({**FILES, "/proc/net/tcp": HEADER + "   0: 00000000:1F90\n"})
