"""The exact JSON of a keyset's file and of its anchor's, and its way to and from plain data: `docs/formats/keyset.md`.

There is one spelling of every document: what does not write back to the very same bytes is refused, so that no byte of
a file can be changed unseen, blanks included.
"""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scorpius_lab.core.identity import utc_text
from scorpius_lab.core.wrapping import WrappedKey
from scorpius_lab.errors import KeyStoreError
from scorpius_lab.quantum.keystore.keyset import KeyKind, Keyset, KeyVersion, Origin, VersionState

NO_CODE: Final = "0" * 64

Count = Annotated[int, Field(ge=0, lt=2**53)]
Code = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def to_bytes(self) -> bytes:
        """What is written to disk."""
        return self.model_dump_json(indent=1).encode() + b"\n"

    def authenticated(self) -> dict[str, object]:
        """What the authentication code covers: everything else."""
        return self.model_dump(exclude={"code"})

    @classmethod
    def from_bytes(cls, content: bytes, path: Path) -> Self:
        """The document in a file. Raises KeyStoreError that names the file, never its content."""
        try:
            document = cls.model_validate_json(content)
        except ValidationError:
            document = None
        if document is None or document.to_bytes() != content:
            raise KeyStoreError(f"{path} is damaged or was changed; restore it from a backup")
        return document


class SealedKey(_Strict):
    """A private key under the data key, and the keyset's counter when it was sealed."""

    counter: Count
    nonce: Hex
    ciphertext: Hex


class VersionRecord(_Strict):
    """One version as kept in the file; `sealed` is None once it is destroyed."""

    number: Count
    algorithm: str
    key_id: Hex
    public_key: Base64
    state: Literal["enabled", "disabled", "destroyed"]
    origin: Literal["generated", "imported"]
    created_at: Time
    activated_at: Time | None
    rotated_at: Time | None
    disabled_at: Time | None
    destroyed_at: Time | None
    sealed: SealedKey | None


class KeysetDocument(_Strict):
    """A keyset's file. `previous` is the code of the keyset that this one replaced."""

    format: Literal["scorpius keyset 1"] = "scorpius keyset 1"
    purpose: str
    kind: Literal["encryption", "signature"]
    algorithm: str
    counter: Count
    previous: Code
    primary: Count
    last_number: Count
    versions: tuple[VersionRecord, ...]
    protection: WrappedKey
    code: Code


class AnchorDocument(_Strict):
    """What is remembered of a keyset outside its file: the highest counter seen and the code of that keyset."""

    format: Literal["scorpius keyset anchor 1"] = "scorpius keyset anchor 1"
    purpose: str
    counter: Count
    keyset: Code
    last_number: Count
    code: Code


def record_of(version: KeyVersion, sealed: SealedKey | None) -> VersionRecord:
    """A version as it is kept."""
    return VersionRecord(
        number=version.number,
        algorithm=version.algorithm,
        key_id=version.key_id,
        public_key=base64.b64encode(version.public_key).decode(),
        state=version.state.value,
        origin=version.origin.value,
        created_at=utc_text(version.created_at),
        activated_at=_text(version.activated_at),
        rotated_at=_text(version.rotated_at),
        disabled_at=_text(version.disabled_at),
        destroyed_at=_text(version.destroyed_at),
        sealed=sealed,
    )


def version_of(record: VersionRecord) -> KeyVersion:
    """A version as plain data."""
    return KeyVersion(
        number=record.number,
        algorithm=record.algorithm,
        key_id=record.key_id,
        public_key=base64.b64decode(record.public_key),
        state=VersionState(record.state),
        origin=Origin(record.origin),
        created_at=datetime.fromisoformat(record.created_at),
        activated_at=_moment(record.activated_at),
        rotated_at=_moment(record.rotated_at),
        disabled_at=_moment(record.disabled_at),
        destroyed_at=_moment(record.destroyed_at),
    )


def keyset_of(document: KeysetDocument) -> Keyset:
    """A keyset as plain data."""
    return Keyset(
        purpose=document.purpose,
        kind=KeyKind(document.kind),
        algorithm=document.algorithm,
        counter=document.counter,
        primary=document.primary,
        last_number=document.last_number,
        versions=tuple(version_of(record) for record in document.versions),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
