"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {
        "/proc/mounts": "/dev/mapper/vg-root / ext4 rw 0 0\nproc /proc proc rw 0 0\n",
        "/sys/block/dm-1/dm/name": "vg-root\n",
        "/sys/block/dm-1/dm/uuid": "LVM-abc\n",
        "/sys/block/dm-1/slaves/dm-0": "",
        "/sys/block/dm-0/dm/name": "crypt\n",
        "/sys/block/dm-0/dm/uuid": "CRYPT-LUKS2-abc\n",
    }
)
FAILING = FakeHost(
    {
        "/proc/mounts": "/dev/mapper/crypt / ext4 rw 0 0\n",
        "/sys/block/dm-0/dm/name": "crypt\n",
        "/sys/block/dm-0/dm/uuid": "CRYPT-LUKS2-abc\n",
        "/proc/swaps": "Filename Type\n/dev/sda2 partition\n",
    }
)
ERRORING = FakeHost({"/proc/mounts": "/dev/sda1 / ext4 rw 0 0\n"}, broken=("/proc/swaps",))
