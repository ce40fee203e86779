"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {
        "/etc/apt/sources.list": "# deb [trusted=yes] x\ndeb [signed-by=/k.gpg] https://mirror.example/debian stable main\n"
    }
)
FAILING = FakeHost({"/etc/apt/sources.list": "", "/etc/apt/apt.conf.d/9x": 'APT::Get::AllowUnauthenticated "true";\n'})
ERRORING = FakeHost({"/etc/apt/sources.list": ""}, broken=("/etc/apt/sources.list",))
