"""A host that passes, one that fails, one on which the check breaks."""

from histories import key_lines, patch

from scorpius_lab.analytics.compliance.fake_host import FakeHost

WHERE = {"repository": "/r"}
PASSING = FakeHost(
    commands={"git": patch("a.py", "password = os.environ['PASSWORD']", 'token = "changeme-please-1"')},
    environment=WHERE,
)
FAILING = FakeHost(commands={"git": patch("id_rsa", *key_lines())}, environment=WHERE)
ERRORING = FakeHost(commands={"git": patch("a.py", "x")})
