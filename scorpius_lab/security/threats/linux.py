"""What the programs behind Linux logs say: messages of sshd, sudo, su, useradd and others as named fields.

Names follow Sigma where it has one (`User`, `SourceIp`, `CommandLine`, `Image`, `TargetUser`); `action` is our own
word for what happened, so that rules need not repeat each program's phrasing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from scorpius_lab.formats.syslog import SyslogLine
from scorpius_lab.security.threats.events import Event, Scalar, clean

_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?(.*)\]$", re.DOTALL)

_SSHD: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("login", re.compile(
        r"Accepted (?P<AuthMethod>\S+) for (?P<User>.*) from (?P<SourceIp>\S+) port (?P<SourcePort>\d+)"
        r"(?: ssh2?)?(?:: (?P<Key>.*))?")),
    ("login_failed", re.compile(
        r"Failed (?P<AuthMethod>\S+) for (?P<Invalid>invalid user )?(?P<User>.*) from (?P<SourceIp>\S+) "
        r"port (?P<SourcePort>\d+)")),
    ("invalid_user", re.compile(r"Invalid user (?P<User>.*) from (?P<SourceIp>\S+)(?: port (?P<SourcePort>\d+))?")),
    ("max_attempts", re.compile(
        r"error: maximum authentication attempts exceeded for (?P<Invalid>invalid user )?(?P<User>.*) "
        r"from (?P<SourceIp>\S+) port (?P<SourcePort>\d+)")),
    ("root_refused", re.compile(r"ROOT LOGIN REFUSED FROM (?P<SourceIp>\S+)")),
    ("disconnected", re.compile(
        r"(?:Disconnected from|Connection closed by)(?: (?:authenticating|invalid))?(?: user (?P<User>.*?))? "
        r"(?P<SourceIp>[0-9a-fA-F.:]+) port (?P<SourcePort>\d+)")),
)  # fmt: skip
_PAM_FAILURE = re.compile(
    r"pam_unix\((?P<PamService>[^:)]+):auth\): authentication failure;.*?(?: rhost=(?P<SourceIp>\S*))?"
    r"(?: +user=(?P<User>\S*))?$"
)
_PAM_SESSION = re.compile(
    r"pam_unix\((?P<PamService>[^:)]+):session\): session (?P<what>opened|closed) for user (?P<User>[^\s(]+)"
)
_SUDO = re.compile(r"\s*(?P<User>\S+) : (?P<rest>.*)", re.DOTALL)
_SUDO_COMMAND = re.compile(r"(?:^|; )COMMAND=(?P<CommandLine>.*)$", re.DOTALL)
_SU = re.compile(r"(?P<failed>FAILED SU )?\(to (?P<TargetUser>\S+)\) (?P<User>\S+) on (?P<Terminal>\S+)")
_USERADD = re.compile(r"new (?P<kind>user|group): name=(?P<TargetUser>[^,]+)(?:, UID=(?P<UserId>\d+))?")
_GROUP_ADD = re.compile(r"add '(?P<TargetUser>[^']+)' to (?:shadow )?group '(?P<TargetGroup>[^']+)'")
_GPASSWD = re.compile(r"user (?P<TargetUser>\S+) added by (?P<User>\S+) to group (?P<TargetGroup>\S+)")
_USERDEL = re.compile(r"delete user '(?P<TargetUser>[^']+)'")
_PASSWD = re.compile(r"pam_unix\(passwd:chauthtok\): password changed for (?P<TargetUser>\S+)")
_CRON = re.compile(r"\((?P<User>[^)]*)\) (?P<Operation>[A-Z][A-Z ]*) \((?P<CommandLine>.*)\)$", re.DOTALL)


def _search(pattern: re.Pattern[str], message: str, action: str) -> dict[str, Scalar]:
    match = pattern.search(message)
    if match is None:
        return {}
    return _named(match, action)


def _named(match: re.Match[str], action: str) -> dict[str, Scalar]:
    fields: dict[str, Scalar] = {"action": action}
    fields.update({name: value for name, value in match.groupdict().items() if value})
    return fields


def sshd_fields(message: str) -> dict[str, Scalar]:
    """Logins, failures and refusals of sshd; empty if the message is about something else."""
    for action, pattern in _SSHD:
        if match := pattern.match(message):
            return _named(match, action)
    return {}


def sudo_fields(message: str) -> dict[str, Scalar]:
    """Commands and failures of sudo: who, as whom, where, what."""
    match = _SUDO.match(message)
    if match is None:
        return {}
    fields: dict[str, Scalar] = {"User": match["User"]}
    rest = match["rest"]
    if command := _SUDO_COMMAND.search(rest):
        fields["CommandLine"] = command["CommandLine"]
        fields["Image"] = command["CommandLine"].split(" ", 1)[0]
        rest = rest[: command.start()]
    problem = ""
    for part in rest.split(" ; "):
        name, equals, value = part.strip().partition("=")
        if equals and name in {"TTY", "PWD", "USER", "GROUP", "ENV", "TSID"}:
            fields[{"USER": "TargetUser", "PWD": "CurrentDirectory", "TTY": "Terminal"}.get(name, name)] = value
        elif part.strip():
            problem = part.strip()
    if not problem and "CommandLine" not in fields:
        return {}
    fields["action"] = "sudo_failed" if problem else "sudo"
    if problem:
        fields["Reason"] = problem
    return fields


def su_fields(message: str) -> dict[str, Scalar]:
    """Changes of user by su."""
    fields = _search(_SU, message, "su")
    if fields.pop("failed", None):
        fields["action"] = "su_failed"
    return fields


def account_fields(message: str) -> dict[str, Scalar]:
    """Users and groups made, changed and removed."""
    if fields := _search(_USERADD, message, "user_created"):
        if fields.pop("kind") == "group":
            fields["action"] = "group_created"
            fields["TargetGroup"] = fields.pop("TargetUser")
        return fields
    return (
        _search(_GROUP_ADD, message, "group_member_added")
        or _search(_GPASSWD, message, "group_member_added")
        or _search(_USERDEL, message, "user_deleted")
        or _search(_PASSWD, message, "password_changed")
    )


def cron_fields(message: str) -> dict[str, Scalar]:
    """Jobs run and tables edited."""
    fields = _search(_CRON, message, "cron")
    if fields:
        fields["action"] = {"CMD": "cron_job", "REPLACE": "crontab_changed", "DELETE": "crontab_changed"}.get(
            str(fields["Operation"]), "cron"
        )
    return fields


def _pam_fields(message: str) -> dict[str, Scalar]:
    if fields := _search(_PAM_FAILURE, message, "pam_failed"):
        return fields
    fields = _search(_PAM_SESSION, message, "session")
    if fields:
        fields["action"] = f"session_{fields.pop('what')}"
    return fields


# program to Sigma service and the function that reads its messages
PROGRAMS: dict[str, tuple[str, Callable[[str], dict[str, Scalar]] | None]] = {
    "sshd": ("sshd", sshd_fields),
    "sshd-session": ("sshd", sshd_fields),
    "sudo": ("sudo", sudo_fields),
    "su": ("su", su_fields),
    **dict.fromkeys(
        ("useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "gpasswd", "passwd", "chage", "chsh"),
        ("accounts", account_fields),
    ),
    **dict.fromkeys(("cron", "crond", "crontab", "anacron"), ("cron", cron_fields)),
    **dict.fromkeys(("systemd-logind", "login", "polkitd", "pkexec", "doas", "gdm-password]"), ("auth", None)),
    **dict.fromkeys(("clamd", "freshclam", "clamscan"), ("clamav", None)),
    "vsftpd": ("vsftpd", None),
    "guacd": ("guacamole", None),
    "auditd": ("auditd", None),
    "audit": ("auditd", None),
}


def linux_event(line: SyslogLine, record: int, extra: Mapping[str, Scalar] | None = None) -> Event:
    """The event of one syslog or journal record."""
    program = clean(line.program)
    name = PurePosixPath(program).name.lower().strip("()")
    service, reader = PROGRAMS.get(name, ("syslog", None))
    message = clean(line.message)
    repeated = _REPEATED.match(message)
    said = repeated[2] if repeated else message
    fields: dict[str, Scalar] = dict(extra or {})
    fields.update({clean(k): clean(v) for k, v in line.data})
    fields["Program"] = program
    if line.pid is not None:
        fields["ProcessId"] = line.pid
    fields.update((reader(said) if reader else {}) or _pam_fields(said))
    if repeated:
        fields["repeat"] = int(repeated[1])
    command = fields.get("CommandLine")
    runs = fields.get("action") in {"sudo", "cron_job"} and command is not None
    return Event(
        time=line.time,
        record=record,
        message=message,
        host=clean(line.host),
        product="linux",
        service=service,
        category="process_creation" if runs and service == "sudo" else "",
        channel=name,
        user=_text(fields, "User") or _text(fields, "TargetUser"),
        source_ip=_text(fields, "SourceIp"),
        image=_text(fields, "Image"),
        command_line=_text(fields, "CommandLine"),
        fields=fields,
    )


def _text(fields: Mapping[str, Scalar], name: str) -> str | None:
    value = fields.get(name)
    return None if value is None else str(value)
