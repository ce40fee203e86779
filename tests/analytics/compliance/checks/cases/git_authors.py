"""A host that passes, one that fails, one on which the check breaks."""

from histories import commit

from scorpius_lab.analytics.compliance.fake_host import FakeHost

WHERE = {"repository": "/r"}
PASSING = FakeHost(commands={"git": commit("a", author="ann@firm.example")}, environment=WHERE)
FAILING = FakeHost(commands={"git": commit("a", author="ann@laptop.local") + commit("b", author="")}, environment=WHERE)
ERRORING = FakeHost(commands={"git": commit("a")})
