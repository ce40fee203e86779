"""A host that passes, one that fails, one on which the check breaks."""

from scorpius_lab.analytics.compliance.fake_host import FakeHost

PASSING = FakeHost(
    {
        "/etc/sudoers": "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\nann ALL=/bin/ls\n@includedir /etc/sudoers.d\n",
        "/etc/sudoers.d/readme": "# nothing\n",
    }
)
FAILING = FakeHost(
    {
        "/etc/sudoers": "#includedir /etc/sudoers.d\n",
        "/etc/sudoers.d/deploy": "deploy ALL = (root) \\\n  NOPASSWD: /bin/systemctl, PASSWD: /bin/ls\n",
    }
)
ERRORING = FakeHost({"/etc/sudoers": "this is no rule\n"})
