"""The anchor: what is remembered of a keyset outside its file, so that an older file put in its place is noticed.

The anchor holds the highest counter seen and the code of that keyset, under a code of its own. A keyset is written
first and its anchor second, so a process that dies between the two leaves a keyset one step ahead of its anchor. That
one step is accepted only if the keyset names as its predecessor the very keyset that the anchor remembers.
"""

from __future__ import annotations

import hmac
from pathlib import Path

from scorpius_lab.errors import KeysetRolledBack, KeyStoreError
from scorpius_lab.quantum.keystore.document import NO_CODE, AnchorDocument
from scorpius_lab.quantum.keystore.keyset import Keyset
from scorpius_lab.quantum.keystore.sealing import KeysetSecrets

_REMEDY = "put the newest file back, or accept the restored one if you restored it yourself"


def anchor_for(keyset: Keyset, code: str, secrets: KeysetSecrets) -> AnchorDocument:
    """The anchor that remembers a keyset, with its authentication code; `code` is the keyset's own."""
    unsigned = AnchorDocument(
        purpose=keyset.purpose, counter=keyset.counter, keyset=code, last_number=keyset.last_number, code=NO_CODE
    )
    return unsigned.model_copy(update={"code": secrets.anchor_code(unsigned.authenticated())})


def read_anchor(content: bytes, secrets: KeysetSecrets, path: Path) -> AnchorDocument:
    """The anchor in a file's bytes. Raises KeyStoreError: damaged, changed, or of another keyset."""
    anchor = AnchorDocument.from_bytes(content, path)
    if not hmac.compare_digest(secrets.anchor_code(anchor.authenticated()), anchor.code):
        raise KeyStoreError(f"{path} was changed, or belongs to another keyset; {_REMEDY}")
    return anchor


def is_one_ahead(keyset: Keyset, code: str, previous: str, anchor: AnchorDocument) -> bool:
    """False if the anchor remembers this very keyset, True if the one just before it. Raises KeysetRolledBack.

    `code` and `previous` are the keyset's own code and that of the keyset it replaced.
    """
    if keyset.counter == anchor.counter and hmac.compare_digest(code, anchor.keyset):
        return False
    if keyset.counter == anchor.counter + 1 and hmac.compare_digest(previous, anchor.keyset):
        return True
    if keyset.counter < anchor.counter:
        raise KeysetRolledBack(
            f"the keyset {keyset.purpose!r} is an older one (change {keyset.counter}) than this machine "
            f"has seen (change {anchor.counter}); {_REMEDY}"
        )
    raise KeysetRolledBack(
        f"the keyset {keyset.purpose!r} (change {keyset.counter}) does not follow from the one this machine "
        f"has seen (change {anchor.counter}), so one of the two files was replaced; {_REMEDY}"
    )
