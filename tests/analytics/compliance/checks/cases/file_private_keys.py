"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

PASSING = FakeHost(
    {
        "/etc/passwd": "ann:x:1:1::/home/ann:/bin/sh\n",
        "/etc/ssh/ssh_host_rsa_key": FakeFile(mode=0o600),
        "/home/ann/.ssh/id_rsa": FakeFile(mode=0o400),
        "/home/ann/.ssh/id_rsa.pub": FakeFile(mode=0o644),
    }
)
FAILING = FakeHost({"/etc/passwd": "", "/etc/ssh/ssh_host_rsa_key": FakeFile(mode=0o640)})
ERRORING = FakeHost({"/etc/passwd": "", "/etc/ssh/ssh_host_rsa_key": ""}, broken=("/etc/ssh/ssh_host_rsa_key",))
