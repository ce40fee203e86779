"""A host that passes, one that fails, one on which the check breaks."""

from certificates import pem

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PATH = "/etc/ssl/certs/ca-certificates.crt"
PASSING = FakeHost({PATH: pem(2020, 2040)})
FAILING = FakeHost({PATH: pem(2020, 2040) + pem(2001, 2003)})
ERRORING = FakeHost({PATH: "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n"})
