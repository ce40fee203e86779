"""passwd, shadow, group and login.defs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scorpius_lab.errors import FormatError

# Prefixes of crypt(5); a bare 13-character field is DES.
SCHEMES: Mapping[str, str] = {
    "$y$": "yescrypt",
    "$gy$": "gost-yescrypt",
    "$7$": "scrypt",
    "$argon2": "argon2",
    "$2a$": "bcrypt",
    "$2b$": "bcrypt",
    "$2x$": "bcrypt-broken",
    "$2y$": "bcrypt",
    "$6$": "sha512crypt",
    "$5$": "sha256crypt",
    "$sha1": "sha1crypt",
    "$md5": "sunmd5",
    "$1$": "md5crypt",
    "$3$": "nthash",
    "_": "bsdicrypt",
}
_PASSWD_FIELDS = 7
_SHADOW_FIELDS = 9
_GROUP_FIELDS = 4
_DES_LENGTH = 13


@dataclass(frozen=True, slots=True)
class Account:
    """A line of passwd."""

    name: str
    password: str
    uid: int
    gid: int
    home: str
    shell: str

    @property
    def interactive(self) -> bool:
        """True if the shell lets somebody in; an empty shell field means /bin/sh."""
        return self.shell.rsplit("/", 1)[-1] not in ("nologin", "false", "sync", "shutdown", "halt")


@dataclass(frozen=True, slots=True)
class Shadow:
    """A line of shadow without its hash: `scheme` is `empty`, `locked`, `unknown` or a name from `SCHEMES`.

    `locked` is True if `!` or `*` stands before whatever hash there is.
    """

    name: str
    scheme: str
    locked: bool
    maximum_days: int | None

    @property
    def has_password(self) -> bool:
        """True if a password opens this account."""
        return not self.locked and self.scheme not in ("empty", "locked")


@dataclass(frozen=True, slots=True)
class Group:
    """A line of group."""

    name: str
    gid: int
    members: tuple[str, ...]


def parse_passwd(text: str, path: str = "/etc/passwd") -> tuple[Account, ...]:
    """Accounts in file order. Raises FormatError naming file and line."""
    accounts = []
    for number, fields in _records(text, path, _PASSWD_FIELDS):
        uid, gid = (_integer(fields[i], path, number) for i in (2, 3))
        accounts.append(Account(fields[0], fields[1], uid, gid, fields[5], fields[6]))
    return tuple(accounts)


def parse_shadow(text: str, path: str = "/etc/shadow") -> tuple[Shadow, ...]:
    """Accounts in file order, hashes dropped at once. Raises FormatError naming file and line."""
    found = []
    for number, fields in _records(text, path, _SHADOW_FIELDS):
        maximum = _integer(fields[4], path, number) if fields[4].strip() else None
        locked = fields[1].startswith(("!", "*"))
        found.append(Shadow(fields[0], hash_scheme(fields[1]), locked, maximum))
    return tuple(found)


def parse_group(text: str, path: str = "/etc/group") -> tuple[Group, ...]:
    """Groups in file order. Raises FormatError naming file and line."""
    groups = []
    for number, fields in _records(text, path, _GROUP_FIELDS):
        members = tuple(name for name in fields[3].split(",") if name)
        groups.append(Group(fields[0], _integer(fields[2], path, number), members))
    return tuple(groups)


def hash_scheme(field: str) -> str:
    """The crypt(5) scheme of a password field: never the hash itself."""
    if not field:
        return "empty"
    bare = field.lstrip("!*")
    if not bare:
        return "locked"
    for prefix, scheme in SCHEMES.items():
        if bare.startswith(prefix):
            return scheme
    return "descrypt" if len(bare) == _DES_LENGTH else "unknown"


def redacted_shadow(text: str) -> str:
    """A shadow or gshadow file with every hash replaced by the name of its scheme."""
    lines = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) > 1:
            mark = "!" if fields[1].startswith(("!", "*")) else ""
            fields[1] = f"<{mark}{hash_scheme(fields[1])}>"
        else:
            fields = ["<unreadable line>"]
        lines.append(":".join(fields))
    return "\n".join(lines) + "\n"


def parse_login_defs(text: str) -> dict[str, str]:
    """Settings of login.defs: name to value, a later line wins, comments and blank lines skipped."""
    settings = {}
    for line in text.splitlines():
        words = line.split("#", 1)[0].split(None, 1)
        if words:
            settings[words[0]] = words[1].strip() if len(words) > 1 else ""
    return settings


def _records(text: str, path: str, fields: int) -> list[tuple[int, list[str]]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", "+", "-")):
            continue
        parts = line.split(":")
        if len(parts) != fields or not parts[0]:
            raise FormatError(f"{path}:{number} has {len(parts)} fields where {fields} are expected; repair the line")
        found.append((number, parts))
    return found


def _integer(text: str, path: str, number: int) -> int:
    try:
        return int(text)
    except ValueError:
        raise FormatError(f"{path}:{number} holds {text[:20]!r} where a number is expected; repair the line") from None
