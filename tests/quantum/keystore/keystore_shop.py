"""What the tests of the key store share: a store that is cheap to unlock, a clock to turn, and a look at its files."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from scorpius_lab.core.audit import FileAuditSink
from scorpius_lab.core.wrapping import ScryptCost
from scorpius_lab.quantum import primitives
from scorpius_lab.quantum.keys import PrivateKey
from scorpius_lab.quantum.keystore import KeyStore, KeyVersion, PassphraseProtection, Protection

FORK = multiprocessing.get_context("fork")
CHEAP = ScryptCost(n=2**4, r=1, p=1)
SECRET = "correct horse"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(seconds=86400)


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is turned."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


def passphrase(text: str = SECRET) -> PassphraseProtection:
    return PassphraseProtection(text, CHEAP)


@dataclass(slots=True)
class Shop:
    """A key folder that is not made yet, its clock, and its audit log."""

    home: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def folder(self) -> Path:
        return self.home / "keys"

    @property
    def audit(self) -> FileAuditSink:
        return FileAuditSink(self.home / "audit.jsonl", clock=self.clock)

    def open(self, protection: Protection | None = None, **settings: object) -> KeyStore:
        given = {"clock": self.clock, "audit": self.audit, "actor": "alice", **settings}
        return KeyStore(self.folder, protection or passphrase(), **given)

    def keyset_path(self, purpose: str = "files") -> Path:
        return self.folder / f"{purpose}.keyset.json"

    def anchor_path(self, purpose: str = "files") -> Path:
        return self.folder / f"{purpose}.anchor.json"

    def contents(self) -> dict[str, bytes]:
        """Every file with something in it but the notes of who holds the lock."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.parent.name != "locks")
        return {path.name: path.read_bytes() for path in found if path.stat().st_size}

    def actions(self) -> list[tuple[str, str]]:
        return [(entry.action, entry.subject) for entry in self.audit.entries()]


def fits(private: PrivateKey, version: KeyVersion) -> bool:
    """True if the private key is the other half of the version's public key."""
    return primitives.public_from_private(private.algorithm, private) == version.public_key


def in_child(function: Callable[..., str], *arguments: object) -> str:
    """What a function returns in a process of its own."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_tell, args=(sender, function, arguments))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    finally:
        process.join()


def _tell(sender: Connection, function: Callable[..., str], arguments: tuple[object, ...]) -> None:
    sender.send(function(*arguments))
