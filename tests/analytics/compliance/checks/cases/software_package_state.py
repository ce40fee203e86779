"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

STATUS = "/var/lib/dpkg/status"
PASSING = FakeHost(
    {STATUS: "Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: deinstall ok config-files\n"}
)
FAILING = FakeHost({STATUS: "Package: a\nStatus: install reinstreq half-installed\nVersion: 1\n"})
ERRORING = FakeHost({STATUS: "Status: install ok half-installed\n"})
