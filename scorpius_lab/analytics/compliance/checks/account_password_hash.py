"""Are passwords hashed with a scheme made for passwords?"""

from __future__ import annotations

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.readings import counted, login_defs
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.formats.accounts import parse_shadow

STRONG = frozenset({"yescrypt", "gost-yescrypt", "scrypt", "argon2", "bcrypt", "sha512crypt"})
STRONG_METHODS = frozenset({"YESCRYPT", "SHA512", "BCRYPT"})
RULE = Rule(
    id="host.account.password-hash",
    version=1,
    title="Passwords are hashed with yescrypt, bcrypt or SHA-512 crypt",
    severity=Severity.HIGH,
    description="DES, MD5 and SHA-1 crypt hashes fall to a single graphics card in hours once the file leaks.",
    remedy="Set ENCRYPT_METHOD YESCRYPT in /etc/login.defs and have the named accounts change their passwords.",
    requirements=speaks_to(
        soc2="CC6.1", iso="A.5.17 A.8.24", pci="8.3.2", hipaa="164.312(d) 164.308(a)(5)(ii)(D)", gdpr="32"
    ),
    techniques=("T1110.002",),
    references=("crypt(5)",),
)
CANARY = FakeHost(
    files={
        "/etc/login.defs": "ENCRYPT_METHOD SHA512\n",
        "/etc/shadow": FakeFile("planted:$1$abcdefgh$aaaaaaaaaaaaaaaaaaaaaa:19000:0:99999:7:::\n", 0o640),
    }
)


def judge(view: HostView) -> Verdict:
    """Judge each hash by its prefix, and the method for new ones."""
    settings = login_defs(view)
    shadow = view.try_read("/etc/shadow")
    if shadow is None and settings is None:
        return not_applicable("There is neither /etc/shadow nor /etc/login.defs.")
    entries = [entry for entry in parse_shadow(shadow or "") if entry.scheme not in ("empty", "locked")]
    offenders = [
        Offender(entry.name, f"The password of {entry.name} is hashed with {entry.scheme}.", "/etc/shadow")
        for entry in entries
        if entry.scheme not in STRONG
    ]
    method = (settings or {}).get("ENCRYPT_METHOD", "YESCRYPT").upper()
    if method not in STRONG_METHODS:
        message = f"New passwords are hashed with {method} (ENCRYPT_METHOD in login.defs)."
        offenders.append(Offender("ENCRYPT_METHOD", message, "/etc/login.defs"))
    stored = (
        f"None of {counted(len(entries), 'stored password')} is hashed weakly" if entries else "No password is stored"
    )
    good = f"{stored}, and new ones will not be hashed weakly ({method})"
    return judged(offenders, good=good, bad="Weak password hashing", looked_at=len(entries), method=method)


CHECK = Check(RULE, judge, CANARY, planted="an MD5 crypt hash")
