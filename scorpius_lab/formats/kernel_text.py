"""The kernel's own text files: mount tables and sockets under /proc, and sysctl settings."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from scorpius_lab.errors import FormatError

LISTEN = "0A"
_UDP_UNCONNECTED = "07"
_MOUNT_FIELDS = 4
_SOCKET_FIELDS = 10


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of /proc/mounts."""

    device: str
    target: str
    kind: str
    options: frozenset[str]


@dataclass(frozen=True, slots=True)
class Socket:
    """A listening socket: protocol, address, port and the user it belongs to."""

    protocol: str
    address: str
    port: int
    uid: int

    @property
    def reachable(self) -> bool:
        """True unless it listens on a loopback address only."""
        address = ipaddress.ip_address(self.address)
        mapped = getattr(address, "ipv4_mapped", None)
        return not (mapped or address).is_loopback


def parse_mounts(text: str, path: str = "/proc/mounts") -> tuple[Mount, ...]:
    """Mounts in order; of two on one target the later one counts. Raises FormatError naming file and line."""
    mounts = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < _MOUNT_FIELDS:
            raise FormatError(f"{path}:{number} is not a line of a mount table")
        device, target, kind, options = (_unescape(word) for word in words[:4])
        mounts.append(Mount(device, target, kind, frozenset(options.split(","))))
    return tuple(mounts)


def parse_sockets(text: str, protocol: str, path: str = "/proc/net/tcp") -> tuple[Socket, ...]:
    """Listening sockets of a /proc/net/{tcp,tcp6,udp,udp6} table. Raises FormatError naming file and line."""
    wanted = LISTEN if protocol.startswith("tcp") else _UDP_UNCONNECTED
    sockets = []
    for number, line in enumerate(text.splitlines()[1:], 2):
        words = line.split()
        if not words:
            continue
        if len(words) < _SOCKET_FIELDS:
            raise FormatError(f"{path}:{number} is not a line of a socket table")
        if words[3] != wanted:
            continue
        address, _, port = words[1].partition(":")
        try:
            sockets.append(Socket(protocol, decode_address(address), int(port, 16), int(words[7])))
        except ValueError:
            raise FormatError(f"{path}:{number} holds no address, port and user where they are expected") from None
    return tuple(sockets)


def decode_address(digits: str) -> str:
    """The address the kernel writes as hexadecimal words in its own (little-endian) byte order."""
    raw = bytes.fromhex(digits)
    if len(raw) not in (4, 16):
        raise ValueError(f"{digits!r} is neither an IPv4 nor an IPv6 address")
    swapped = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return str(ipaddress.ip_address(swapped))


def parse_sysctl(text: str) -> dict[str, str]:
    """Settings of a sysctl.d file, keys with dots; a later line wins."""
    settings = {}
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith(("#", ";")):
            continue
        name, separator, value = line.lstrip("-").partition("=")
        if separator:
            settings[name.strip().replace("/", ".")] = value.strip()
    return settings


def _unescape(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), word)
