"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {
        "/proc/sys/kernel/osrelease": "6.1.0-30-amd64\n",
        "/boot/vmlinuz-6.1.0-30-amd64": "",
        "/boot/vmlinuz-6.1.0-9-amd64": "",
        "/boot/vmlinuz-6.12.0-1-cloud-amd64": "",
    }
)
FAILING = FakeHost({"/proc/sys/kernel/osrelease": "6.1.0-30-amd64\n", "/run/reboot-required": ""})
ERRORING = FakeHost({"/proc/sys/kernel/osrelease": "6.1.0-30-amd64\n"}, broken=("/boot",))
