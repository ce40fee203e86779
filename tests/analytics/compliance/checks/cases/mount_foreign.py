"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {"/proc/mounts": "server:/x /srv nfs4 rw,nosuid,nodev 0 0\n/dev/sdb1 /media/my\\040stick vfat nodev,nosuid 0 0\n"}
)
FAILING = FakeHost({"/proc/mounts": "//server/x /data cifs rw,nosuid 0 0\n"})
ERRORING = FakeHost({"/proc/mounts": "a b\n"})
