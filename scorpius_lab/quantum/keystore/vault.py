"""Opening keysets and writing changed ones: the order of lock, check, audit, keyset and anchor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.errors import AuditError, KeysetRolledBack, KeyStoreError, UsageError
from scorpius_lab.quantum.keystore.anchor import anchor_for, is_one_ahead, read_anchor
from scorpius_lab.quantum.keystore.document import NO_CODE, AnchorDocument
from scorpius_lab.quantum.keystore.files import KeyFiles
from scorpius_lab.quantum.keystore.keyset import Keyset
from scorpius_lab.quantum.keystore.opened import OpenKeyset, open_keyset
from scorpius_lab.quantum.keystore.protection import Protection
from scorpius_lab.quantum.keystore.sealing import KeysetSecrets


@dataclass(frozen=True, slots=True)
class Record:
    """What the audit log is told of a change: an action, a version's number if it is about one, and plain details."""

    action: str
    number: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vault:
    """Keysets on disk under one protection."""

    files: KeyFiles
    protection: Protection
    audit: AuditSink | None
    actor: str

    def purposes(self) -> tuple[str, ...]:
        """Every purpose this machine has seen a keyset for, also those whose file is gone."""
        return tuple(purpose for purpose in self.files.purposes() if not self._never_finished(purpose))

    def read(self, purpose: str) -> OpenKeyset:
        """A keyset, checked against its code and its anchor. Raises KeyStoreError, KeysetRolledBack."""
        with self.files.reading():
            content, anchor = self.files.read_keyset(purpose), self.files.read_anchor(purpose)
        opened, ahead = self._checked(purpose, content, anchor)
        if ahead:
            with (
                suppress(KeyStoreError),
                self.changing(purpose),
            ):  # a reader is not stopped by an anchor it cannot write
                pass
        return opened

    @contextmanager
    def changing(self, purpose: str, start: Keyset | None = None) -> Iterator[OpenKeyset]:
        """Hold the store alone, with a keyset as it is now, or as `start` if there never was one; then `commit` it."""
        with self.files.writing():
            content, anchor = self.files.read_keyset(purpose), self.files.read_anchor(purpose)
            if start is not None and content is None and self._never_finished(purpose):
                yield self._started(start)
                return
            opened, ahead = self._checked(purpose, content, anchor)
            if ahead:
                self._write_anchor(opened)
            yield opened

    def commit(self, after: OpenKeyset, record: Record) -> Keyset:
        """Write a changed keyset and remember it: audit entry, then keyset, then anchor. Call inside `changing`.

        The audit entry comes first, so that no change goes unrecorded; if the keyset then cannot be written, a second
        entry says so. A first keyset has an empty anchor written before it. Raises KeyStoreError, AuditError.
        """
        purpose = after.keyset.purpose
        document = after.document()
        self.tell(after.keyset, record)
        try:
            if after.previous == NO_CODE:
                empty = anchor_for(replace(after.keyset, counter=0, last_number=0), NO_CODE, after.secrets)
                self.files.write_anchor(purpose, empty.to_bytes())
            self.files.write_keyset(purpose, document.to_bytes())
        except KeyStoreError:
            with suppress(AuditError):
                self.tell(after.keyset, replace(record, action=f"{record.action}.failed"))
            raise
        written = replace(after, code=document.code)
        try:
            self._write_anchor(written)
        except KeyStoreError as error:
            raise KeyStoreError(
                f"the change to the keyset {purpose!r} was made and is safe, but could not be anchored ({error}); "
                "the next use anchors it once that is mended"
            ) from None
        return written.keyset

    def accept(self, purpose: str) -> Keyset:
        """Take a keyset that is not the newest seen as the newest from now on. See `KeyStore.accept_restored`."""
        with self.files.writing():
            content = self.files.read_keyset(purpose)
            if content is None:
                raise KeyStoreError(f"{self.files.keyset_path(purpose)} does not exist; put the restored file there")
            opened = open_keyset(content, purpose, self.protection, self.files.keyset_path(purpose))
            anchor = self._anchor_or_none(opened)
            detail: dict[str, object] = {"restored": opened.keyset.counter, "seen": anchor.counter if anchor else None}
            if anchor is not None and anchor.counter >= opened.keyset.counter:
                last_number = max(anchor.last_number, opened.keyset.last_number)
                seen = replace(opened.keyset, counter=anchor.counter, last_number=last_number)
                opened = replace(opened, keyset=seen, code=anchor.keyset)
            return self.commit(opened.changed(opened.keyset), Record("keyset.restore_accepted", detail=detail))

    def move(self, purpose: str, protection: Protection) -> bool:
        """Put a keyset under another protection; False if it is under that one already."""
        with self.files.writing():
            content = self.files.read_keyset(purpose)
            if content is not None and self._opens(purpose, content, protection):
                return False
            opened, ahead = self._checked(purpose, content, self.files.read_anchor(purpose))
            if ahead:
                self._write_anchor(opened)
            detail: dict[str, object] = {"from": self.protection.describe(), "to": protection.describe()}
            self.commit(opened.protected_by(protection), Record("keyset.protection_changed", detail=detail))
            return True

    def tell(self, keyset: Keyset, record: Record) -> None:
        """Write an audit entry, if there is a log. Raises AuditError."""
        if self.audit is None:
            return
        subject = keyset.purpose if record.number is None else f"{keyset.purpose}/{record.number}"
        detail: dict[str, object] = {"change": keyset.counter, **record.detail}
        if record.number is not None:
            version = keyset.version(record.number)
            detail |= {"algorithm": version.algorithm, "key_id": version.key_id}
        self.audit.record(record.action, subject, actor=self.actor, detail=detail)

    # -- inside

    def _checked(self, purpose: str, content: bytes | None, anchor: bytes | None) -> tuple[OpenKeyset, bool]:
        """The keyset, and whether its anchor is one change behind."""
        if content is None and anchor is None:
            raise KeyStoreError(f"there is no keyset {purpose!r} in {self.files.folder}; generate it first")
        if content is None:
            raise KeysetRolledBack(
                f"the keyset {purpose!r} is gone from {self.files.folder}, where it was before; restore it"
            )
        opened = open_keyset(content, purpose, self.protection, self.files.keyset_path(purpose))
        path = self.files.anchor_path(purpose)
        if anchor is None:
            raise KeysetRolledBack(
                f"{path} is missing, so nothing says that the keyset {purpose!r} is the newest; "
                "put it back, or accept the keyset as restored"
            )
        known = read_anchor(anchor, opened.secrets, path)
        return opened, is_one_ahead(opened.keyset, opened.code, opened.previous, known)

    def _started(self, start: Keyset) -> OpenKeyset:
        """A keyset before its first version; refused under a secret that does not open the others in the folder."""
        for other in self.purposes():
            content = self.files.read_keyset(other)
            if content is not None:
                open_keyset(content, other, self.protection, self.files.keyset_path(other))
                break
        secrets = KeysetSecrets.generate(start.purpose)
        return OpenKeyset(start, {}, secrets, secrets.wrap(self.protection))

    def _never_finished(self, purpose: str) -> bool:
        """True if there is no keyset, and no anchor but one whose keyset was never written."""
        if self.files.has_keyset(purpose):
            return False
        try:
            content = self.files.read_anchor(purpose)
            return content is None or AnchorDocument.from_bytes(content, self.files.anchor_path(purpose)).counter == 0
        except KeyStoreError:
            return False

    def _anchor_or_none(self, opened: OpenKeyset) -> AnchorDocument | None:
        """The anchor of a keyset that is not the newest; None if it is missing or damaged. Raises UsageError."""
        purpose = opened.keyset.purpose
        content = self.files.read_anchor(purpose)
        if content is None:
            return None
        try:
            anchor = read_anchor(content, opened.secrets, self.files.anchor_path(purpose))
        except KeyStoreError:
            return None
        try:
            is_one_ahead(opened.keyset, opened.code, opened.previous, anchor)
        except KeysetRolledBack:
            return anchor
        raise UsageError(f"the keyset {purpose!r} is the newest this machine has seen; there is nothing to accept")

    def _opens(self, purpose: str, content: bytes, protection: Protection) -> bool:
        try:
            open_keyset(content, purpose, protection, self.files.keyset_path(purpose))
        except KeyStoreError:
            return False
        return True

    def _write_anchor(self, opened: OpenKeyset) -> None:
        anchor = anchor_for(opened.keyset, opened.code, opened.secrets)
        self.files.write_anchor(opened.keyset.purpose, anchor.to_bytes())
