"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSING = FakeHost(
    {
        "/tmp": FakeFile(mode=0o1777, kind="folder"),
        "/etc/hosts": FakeFile(mode=0o644),
        "/root": FakeFile(mode=0o700, kind="folder"),
        "/root/x": FakeFile(mode=0o666),
    }
)
FAILING = FakeHost({"/srv/share": FakeFile(mode=0o777, kind="folder")})
ERRORING = FakeHost({"/tmp": FakeFile(mode=0o1777, kind="folder")}, walk_timed_out=True)
