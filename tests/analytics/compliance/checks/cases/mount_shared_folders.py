"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

TABLE = "".join(f"tmpfs {folder} tmpfs rw,nosuid,nodev,noexec 0 0\n" for folder in ("/tmp", "/var/tmp", "/dev/shm"))
PASSING = FakeHost({"/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n" + TABLE})
FAILING = FakeHost({"/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n"})
ERRORING = FakeHost({"/proc/mounts": "broken\n"})
