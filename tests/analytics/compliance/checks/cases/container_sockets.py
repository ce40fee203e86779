"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSING = FakeHost(
    {
        "/run/docker.sock": FakeFile(mode=0o660, kind="socket"),
        "/etc/docker/daemon.json": '{"hosts": ["unix:///run/docker.sock"]}',
    }
)
FAILING = FakeHost({"/etc/docker/daemon.json": '{"hosts": ["tcp://0.0.0.0:2375"]}'})
ERRORING = FakeHost({"/etc/docker/daemon.json": "{not json"})
