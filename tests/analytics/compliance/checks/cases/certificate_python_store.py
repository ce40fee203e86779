"""A host that passes, one that fails, one on which the check breaks."""

from certificates import pem

from scorpius_lab.analytics.compliance.fake_host import FakeHost

WHERE = {"certifi": "/certifi.pem"}
PASSING = FakeHost({"/certifi.pem": pem(2020, 2040)}, environment=WHERE)
FAILING = FakeHost({"/certifi.pem": pem(2001, 2003)}, environment=WHERE)
ERRORING = FakeHost({"/certifi.pem": "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"}, environment=WHERE)
