"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

META = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
WHERE = {"python_path": "/site-packages"}
PASSING = FakeHost({"/site-packages/a_b-1.dist-info/METADATA": META.format("a.b", "1")}, environment=WHERE)
FAILING = FakeHost(
    {
        "/site-packages/a-1.dist-info/METADATA": META.format("A-b", "1"),
        "/site-packages/a-2.dist-info/METADATA": META.format("a_b", "2"),
    },
    environment=WHERE,
)
ERRORING = FakeHost(
    {
        "/site-packages/a-1.dist-info/METADATA": META.format("a", "1"),
        "/site-packages/a-1.dist-info/direct_url.json": "{",
    },
    environment=WHERE,
)
