"""Content ids: the SHA-256 of a record's fields in one unambiguous encoding, the same in Python and in SQL.

Every field becomes a netstring, `<bytes>:<UTF-8 text>,`, and a missing field becomes `-:,`; the concatenation is
hashed. Lengths in front make the encoding injective: no two different records share an encoding.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime


def canonical_text(value: object) -> str:
    """The one text of a value: JSON with sorted keys and no spaces for structures, ISO UTC for times."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return utc_text(value)
    return canonical_json(value)


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no spaces, no NaN; a time inside becomes ISO UTC text."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_jsonable
    )


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | set | frozenset):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds and `Z`. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError(f"the time {moment.isoformat()} has no time zone; use an aware UTC time")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def content_id(*fields: object) -> str:
    """The 64 hex digits that name a record of these fields."""
    digest = hashlib.sha256()
    for field in fields:
        if field is None:
            digest.update(b"-:,")
            continue
        data = canonical_text(field).encode()
        digest.update(b"%d:%b," % (len(data), data))
    return digest.hexdigest()


def content_id_sql(*expressions: str) -> str:
    """The SQL expression that computes `content_id` over text expressions (NULL for a missing field)."""
    # One n-ary concat: it skips NULLs and allocates each text once.
    parts = [f"coalesce(strlen({e})::VARCHAR, '-'), ':', {e}, ','" for e in expressions]
    return f"sha256(concat({', '.join(parts)}))"
