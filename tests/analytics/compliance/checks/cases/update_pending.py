"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

LISTS = {"/etc/apt/sources.list": "", "/var/lib/apt/lists/x_InRelease": ""}
COMMAND = "apt-get -s -o Debug::NoLocking=1 upgrade"
PASSING = FakeHost(LISTS, {COMMAND: "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"})
FAILING = FakeHost(LISTS, {COMMAND: "Inst bash [5.1] (5.2 Ubuntu:24.04/noble-security [amd64])\nConf bash (5.2)\n"})
ERRORING = FakeHost(LISTS, broken=("/var/lib/apt/lists",))
