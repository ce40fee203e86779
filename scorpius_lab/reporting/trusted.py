"""The trusted signers file: whose signatures a reader accepts, and how each key came to be there.

`origin` is `self` for the key the lab made itself (nobody else vouches for it) and `imported` for one that was had
from its owner and compared.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.signing import Signer
from scorpius_lab.errors import FormatError, KeyStoreError, ReportError, UsageError

LARGEST: Final = 16 * 1024 * 1024
SHORTEST_PREFIX: Final = 8
Origin = Literal["self", "imported"]


class TrustedSigner(BaseModel):
    """One entry: the full id, a name for people, both public keys (SPKI PEM), where it is from, when it was added."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    signer_id: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: Annotated[str, Field(max_length=200)]
    ed25519: str
    ml_dsa_65: str
    origin: Origin
    added_at: str

    @property
    def signer(self) -> Signer:
        """The public keys, checked. Raises KeyStoreError if they are not keys of their kind."""
        return Signer.from_pem(self.ed25519, self.ml_dsa_65)


_ENTRIES: Final = TypeAdapter(list[TrustedSigner])


@dataclass(frozen=True, slots=True)
class TrustedSigners:
    """The signers a reader trusts."""

    entries: tuple[TrustedSigner, ...] = ()

    @classmethod
    def load(cls, path: Path) -> TrustedSigners:
        """The entries of a file. Raises FormatError: missing, damaged, or an id that is not that of its keys."""
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError as error:
            raise FormatError(f"the trusted signers file {path} cannot be read: {error.strerror}") from None
        try:
            entries = _ENTRIES.validate_json(content[:LARGEST])
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(ascii(part)[:40] for part in first["loc"]) or "the whole"
            raise FormatError(f"{path} is not a list of trusted signers: {place}: {first['msg']}") from None
        for entry in entries:
            _require_own_id(entry, path)
        return cls(tuple(entries))

    def find(self, signer_id: str) -> TrustedSigner | None:
        """The entry of a full id, or None."""
        return next((entry for entry in self.entries if entry.signer_id == signer_id), None)


def list_trusted_signers(path: Path) -> TrustedSigners:
    """The entries of a file; none if there is no file yet. Raises FormatError if it is damaged."""
    return TrustedSigners.load(path) if path.exists() else TrustedSigners()


def add_trusted_signer(path: Path, signer: Signer, name: str, *, origin: Origin, at: datetime) -> TrustedSigner:
    """Add a signer and return its entry; one that is there already stays as it is. Raises FormatError, UsageError."""
    entry = TrustedSigner(
        signer_id=signer.id,
        name=name,
        ed25519=signer.ed25519,
        ml_dsa_65=signer.ml_dsa_65,
        origin=origin,
        added_at=utc_text(at),
    )
    with _changing(path):
        present = list_trusted_signers(path)
        known = present.find(signer.id)
        if known is not None:
            return known
        _write(path, (*present.entries, entry))
    return entry


def remove_trusted_signer(path: Path, signer_id: str) -> TrustedSigner:
    """Remove the signer of this id, or of at least eight digits that begin one id only. Raises UsageError."""
    wanted = signer_id.replace(" ", "").lower()
    with _changing(path):
        present = list_trusted_signers(path)
        found = [entry for entry in present.entries if entry.signer_id.startswith(wanted)]
        if len(wanted) < SHORTEST_PREFIX or len(found) != 1:
            raise UsageError(
                f"{path.name} has {len(found)} signers that begin with {signer_id!r}; give more of the id, at least 8"
            )
        _write(path, tuple(entry for entry in present.entries if entry is not found[0]))
    return found[0]


def _require_own_id(entry: TrustedSigner, path: Path) -> None:
    try:
        own = entry.signer.id
    except KeyStoreError as error:
        raise FormatError(f"{path}: the keys of {entry.name!a} are not usable: {error}") from None
    if own != entry.signer_id:
        raise FormatError(f"{path}: the id of {entry.name!a} is not that of its keys; import the signer again")


def _write(path: Path, entries: tuple[TrustedSigner, ...]) -> None:
    text = json.dumps([entry.model_dump() for entry in entries], indent=2, ensure_ascii=False) + "\n"
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor, not a path)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except OSError as error:
        raise ReportError(f"the trusted signers file {path} cannot be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """One change at a time: a lock on the folder, which the kernel frees when a process dies."""
    try:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ReportError(f"the folder of {path} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
