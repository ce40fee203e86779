"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PROCESSES = {"/proc/1/comm": "systemd\n", "/proc/8/comm": "auditd\n"}
PASSING = FakeHost(PROCESSES, {"auditctl -l": "-w /etc/passwd -p wa\n"})
FAILING = FakeHost({"/proc/1/comm": "systemd\n"})
ERRORING = FakeHost(PROCESSES, broken=("/proc/8/comm",))
