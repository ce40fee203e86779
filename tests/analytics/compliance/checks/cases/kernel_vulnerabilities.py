"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

FOLDER = "/sys/devices/system/cpu/vulnerabilities"
PASSING = FakeHost({f"{FOLDER}/meltdown": "Not affected\n", f"{FOLDER}/mds": "Mitigation: Clear buffers\n"})
FAILING = FakeHost({f"{FOLDER}/mds": "Vulnerable: Clear CPU buffers attempted, no microcode\n"})
ERRORING = FakeHost({f"{FOLDER}/mds": ""}, broken=(f"{FOLDER}/mds",))
