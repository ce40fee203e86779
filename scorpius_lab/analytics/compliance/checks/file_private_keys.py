"""Are private keys readable by their owner only?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import accounts, all_of
from scorpius_lab.analytics.compliance.verdict import (
    ANY_SYSTEM,
    Check,
    Offender,
    Verdict,
    judged,
    not_applicable,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

_HOST_KEY = re.compile(r"^ssh_host_.*_key$")
_USER_KEY = re.compile(r"^(id_[a-z0-9_]+|identity|.*\.(pem|key))$")
RULE = Rule(
    id="host.file.private-keys",
    version=1,
    title="Private keys are readable by their owner only",
    severity=Severity.HIGH,
    description="Looks at SSH host keys, keys in ~/.ssh and /etc/ssl/private; only names and modes, never the content.",
    remedy="`chmod 0600 KEY` (0640 with group ssl-cert under /etc/ssl/private), and replace a key others could read.",
    requirements=speaks_to(
        soc2="CC6.1", iso="A.8.24 A.8.3", pci="3.6.1 2.2.7", hipaa="164.312(a)(1) 164.312(e)(1)", gdpr="32"
    ),
    techniques=("T1552.004",),
)
CANARY = FakeHost(
    files={
        "/etc/passwd": "planted:x:1000:1000::/home/planted:/bin/bash\n",
        "/home/planted/.ssh/id_ed25519": FakeFile(mode=0o644, uid=1000),
    }
)


def judge(view: HostView) -> Verdict:
    """Judge the modes of key files in the places where keys live."""
    keys = [(f"/etc/ssh/{name}", 0o177) for name in view.try_list("/etc/ssh") if _HOST_KEY.match(name)]
    keys += [(f"/etc/ssl/private/{name}", 0o137) for name in view.try_list("/etc/ssl/private")]
    for home in dict.fromkeys(account.home for account in accounts(view) if account.interactive):
        if home not in ("", "/", "/nonexistent"):
            folder = f"{home}/.ssh"
            keys += [(f"{folder}/{name}", 0o177) for name in view.try_list(folder) if _USER_KEY.match(name)]
    offenders, looked = [], 0
    for path, forbidden in keys:
        status = view.try_stat(path)
        if status is None or status.kind != "file":
            continue
        looked += 1
        if status.mode & forbidden:
            offenders.append(Offender(path, f"The private key {path} has mode {status.octal}.", path))
    if not looked:
        return not_applicable("No private keys were found in /etc/ssh, /etc/ssl/private and home folders.")
    return judged(offenders, good=f"{all_of(looked, 'private key')} closed", bad="Open private keys", looked_at=looked)


CHECK = Check(RULE, judge, CANARY, planted="a user's SSH key with mode 0644", systems=ANY_SYSTEM)
