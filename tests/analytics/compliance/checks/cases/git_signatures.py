"""A host that passes, one that fails, one on which the check breaks."""

from histories import commit

from scorpius_lab.analytics.compliance.fake_host import FakeHost

WHERE = {"repository": "/r"}
PASSING = FakeHost(commands={"git": commit("a", signed=True) + commit("b", signed=True)}, environment=WHERE)
FAILING = FakeHost(commands={"git": commit("a", signed=False)}, environment=WHERE)
ERRORING = FakeHost(commands={"git": commit("a", signed=False)})
