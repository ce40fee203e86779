"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

SWITCHES = 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "{}";\n'
PASSING = FakeHost({"/etc/apt/apt.conf.d/20auto-upgrades": SWITCHES.format(1), "/usr/bin/unattended-upgrade": ""})
FAILING = FakeHost(
    {
        "/etc/apt/apt.conf.d/20auto-upgrades": SWITCHES.format(1),
        "/etc/apt/apt.conf.d/99off": SWITCHES.format(0),
        "/usr/bin/unattended-upgrade": "",
    }
)
ERRORING = FakeHost({"/etc/apt/apt.conf": ""}, broken=("/etc/apt/apt.conf",))
