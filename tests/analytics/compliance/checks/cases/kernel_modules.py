"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

KERNEL = {
    "/proc/sys/kernel/modules_disabled": "0\n",
    "/proc/sys/kernel/osrelease": "6.1.0\n",
    "/lib/modules/6.1.0/modules.dep": "",
}
RARE = ("dccp", "sctp", "rds", "tipc", "cramfs", "freevxfs", "hfs", "hfsplus", "jffs2", "udf")
PASSING = FakeHost({**KERNEL, "/etc/modprobe.d/rare.conf": "".join(f"install {name} /bin/false\n" for name in RARE)})
FAILING = FakeHost({**KERNEL, "/etc/modprobe.d/rare.conf": "blacklist dccp\n"})
ERRORING = FakeHost(KERNEL, broken=("/proc/modules",))
