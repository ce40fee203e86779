"""Which columns rules look at. Field names never reach SQL: each gets a number, and rules speak of `f7`.

Three kinds: `f` is the value in lower case (Sigma matches strings without case), `c` the value as it stands (regular
expressions and `cased`), `i` the value as a network address that sorts.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache

KEYWORDS = "kw"
KEYWORDS_CASED = "kwc"
KINDS = ("f", "c", "i")


@dataclass(slots=True)
class Columns:
    """Numbers for field names, and what the rule being converted has used."""

    numbers: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def column(self, kind: str, name: str) -> str:
        """The column of a kind (`f`, `c`, `i`) for a field name, exactly as the rule writes it."""
        number = self.numbers.get(name)
        if number is None:
            number = self.numbers[name] = len(self.names)
            self.names.append(name)
        column = f"{kind}{number}"
        self.used.add(column)
        return column

    def keywords(self, *, cased: bool = False) -> str:
        """The column that holds all text of an event."""
        column = KEYWORDS_CASED if cased else KEYWORDS
        self.used.add(column)
        return column

    def name_of(self, column: str) -> str:
        """The field name behind a column."""
        return self.names[int(column[1:])]

    def take_used(self) -> frozenset[str]:
        """What was used since the last call."""
        used, self.used = frozenset(self.used), set()
        return used


@lru_cache(maxsize=65_536)
def address_key(text: str | None) -> str | None:
    """An address as text that sorts like its number, `4:` and 8 or `6:` and 32 hex digits; None if it is none.

    IPv4-mapped IPv6 addresses (`::ffff:192.0.2.1`) count as IPv4; a zone (`%eth0`) is ignored.
    """
    try:
        address = ipaddress.ip_address((text or "").strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return f"{address.version}:{int(address):0{8 if address.version == 4 else 32}x}"  # noqa: PLR2004 (IPv4)


def network_keys(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[str, str]:
    """The first and last address of a network as `address_key` writes them."""
    first, last = address_key(str(network.network_address)), address_key(str(network.broadcast_address))
    return first or "", last or ""
