"""A host that passes, one that fails, one on which the check breaks."""

from certificates import pem

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost({"/etc/nginx/ssl/a.crt": pem(2020, 2040), "/etc/ssl/openssl.cnf": "x"})
FAILING = FakeHost({"/etc/letsencrypt/live/a.example/cert.pem": pem(2001, 2003)})
ERRORING = FakeHost({"/etc/ssl/a.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
