"""What several checks read: accounts, login.defs, sysctl values, sshd's and sudo's configuration, packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from scorpius_lab.analytics.compliance.verdict import Offender, Verdict, judged, not_applicable
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.formats.accounts import Account, parse_login_defs, parse_passwd
from scorpius_lab.formats.kernel_text import Mount, Socket, parse_mounts, parse_sockets
from scorpius_lab.formats.sshd_config import SshdConfig, parse_sshd_config
from scorpius_lab.formats.x509 import CertificateFacts

EXPIRES_SOON_DAYS = 30
NO_SSHD = not_applicable("No SSH server is configured here: there is no /etc/ssh/sshd_config.")
NO_PASSWD = not_applicable("There is no /etc/passwd.")

Expected = tuple[Callable[[int], bool], str]


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 file`, `3 files`, `2 repositories`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def all_of(number: int, noun: str, one: str = "is", many: str = "are") -> str:
    """The start of a sentence, with its verb: `The only disk is`, `All 3 disks are`."""
    return f"The only {noun} {one}" if number == 1 else f"All {number} {noun}s {many}"


def accounts(view: HostView) -> tuple[Account, ...]:
    """The accounts of /etc/passwd, none if there is no such file."""
    return parse_passwd(view.read_text("/etc/passwd") or "")


def login_defs(view: HostView) -> dict[str, str] | None:
    """The settings of /etc/login.defs, None if there is none."""
    text = view.read_text("/etc/login.defs")
    return None if text is None else parse_login_defs(text)


def mounts(view: HostView) -> tuple[Mount, ...]:
    """What is mounted, none if the kernel's table cannot be had."""
    return parse_mounts(view.read_text("/proc/mounts") or "")


def mounted_on(table: tuple[Mount, ...], path: str) -> Mount | None:
    """The mount that `path` itself is, None if it is part of another one."""
    found = [mount for mount in table if mount.target == path]
    return found[-1] if found else None


def listening(view: HostView) -> tuple[Socket, ...] | None:
    """Listening TCP and open UDP sockets, each once; None if the kernel's tables are not there."""
    tables = [(name, view.read_text(f"/proc/net/{name}")) for name in ("tcp", "tcp6", "udp", "udp6")]
    if all(text is None for _, text in tables):
        return None
    found = [socket for name, text in tables if text for socket in parse_sockets(text, name, f"/proc/net/{name}")]
    return tuple(dict.fromkeys(found))


def sshd(view: HostView) -> SshdConfig | None:
    """The SSH server's configuration with its includes, None if there is none."""
    return parse_sshd_config(view.read_text, view.list)


def sysctl_verdict(view: HostView, wanted: Mapping[str, Expected], *, topic: str) -> Verdict:
    """Judge kernel settings under /proc/sys; those this kernel does not have are left out."""
    offenders, looked = [], 0
    for name, (accepts, says) in wanted.items():
        text = view.try_read("/proc/sys/" + name.replace(".", "/"))
        if text is None:
            continue
        looked += 1
        value = int(text.split()[0])
        if not accepts(value):
            offenders.append(Offender(name, f"{name} is {value}; it should be {says}.", detail={"value": value}))
    if not looked:
        return not_applicable(f"This kernel has none of the settings for {topic}.")
    those = (
        f"The only kernel setting for {topic} is" if looked == 1 else f"All {looked} kernel settings for {topic} are"
    )
    good = f"{those} as {'it' if looked == 1 else 'they'} should be"
    return judged(
        offenders,
        good=good,
        bad=f"{len(offenders)} of {counted(looked, 'setting')} for {topic} differ",
        looked_at=looked,
    )


def merged_settings(view: HostView, path: str) -> dict[str, str]:
    """A systemd configuration file with its drop-ins from /etc, later files winning: key to value."""
    settings: dict[str, str] = {}
    folder = f"{path}.d"
    for name in (path, *(f"{folder}/{entry}" for entry in view.list(folder) if entry.endswith(".conf"))):
        for line in (view.read_text(name) or "").splitlines():
            key, separator, value = line.strip().partition("=")
            if separator and not key.startswith(("#", ";")):
                settings[key.strip()] = value.strip()
    return settings


def folder_texts(view: HostView, folder: str, suffix: str = "") -> dict[str, str]:
    """The readable files of a folder whose names end in `suffix`: path to text."""
    found = {}
    for name in view.list(folder):
        text = view.read_text(f"{folder}/{name}") if name.endswith(suffix) else None
        if text is not None:
            found[f"{folder}/{name}"] = text
    return found


def expiry_offenders(
    certificates: Mapping[str, tuple[CertificateFacts, ...]], now: datetime, *, soon_days: int = EXPIRES_SOON_DAYS
) -> list[Offender]:
    """Certificates past their end or within `soon_days` of it, by fingerprint so that a renewal is another subject."""
    found = []
    for path, facts in certificates.items():
        for one in facts:
            left = (one.not_after - now).days
            if left >= soon_days:
                continue
            when = f"expired on {one.not_after:%Y-%m-%d}" if left < 0 else f"expires on {one.not_after:%Y-%m-%d}"
            detail = {"not_after": one.not_after.isoformat(), "sha256": one.sha256, "days_left": left}
            found.append(
                Offender(f"{one.subject} {one.sha256[:12]}", f"{one.subject} in {path} {when}.", path, None, detail)
            )
    return found


def pam_lines(view: HostView) -> list[str] | None:
    """The lines of the PAM stacks that passwords go through, None where there is no PAM."""
    texts = [view.read_text(f"/etc/pam.d/{name}") for name in ("common-auth", "common-password", "system-auth",
                                                               "password-auth", "common-account")]  # fmt: skip
    present = [text for text in texts if text is not None]
    if not present:
        return None
    lines = [line.strip() for text in present for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]
