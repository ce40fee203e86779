"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PROCESSES = {"/proc/1/comm": "systemd\n", "/proc/8/comm": "systemd-journal\n"}
PASSING = FakeHost(
    {
        **PROCESSES,
        "/etc/systemd/journald.conf": "[Journal]\n#Storage=auto\nMaxRetentionSec=2year\n",
        "/var/log/journal": FakeFile(kind="folder"),
    }
)
FAILING = FakeHost(
    {
        **PROCESSES,
        "/etc/systemd/journald.conf": "Storage=persistent\n",
        "/etc/systemd/journald.conf.d/short.conf": "MaxRetentionSec=1month\n",
    }
)
ERRORING = FakeHost(PROCESSES, broken=("/etc/systemd/journald.conf",))
