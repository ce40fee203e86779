"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost

LIST = "/var/lib/dpkg/info/login.list"
PASSING = FakeHost({"/usr/bin/su": FakeFile(mode=0o4755), LIST: "/bin/su\n"})
FAILING = FakeHost(
    {"/usr/bin/su": FakeFile(mode=0o4755), "/usr/bin/backdoor": FakeFile(mode=0o2755), LIST: "/bin/su\n"}
)
ERRORING = FakeHost({"/usr/bin/su": FakeFile(mode=0o4755), LIST: ""}, broken=(LIST,))
