"""Small files of state under the lab's `state` folder, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from scorpius_lab.errors import StoreFull, StoreReadOnly

_NO_SPACE = 28


def write_whole(path: Path, text: str) -> None:
    """Replace the file's content in one step, so that a reader or a crash never meets half of it.

    Raises StoreFull or StoreReadOnly; the old content is then still there.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        kind = StoreFull if error.errno == _NO_SPACE else StoreReadOnly
        raise kind(f"{path} cannot be written ({error.strerror}); what was there before is intact") from error
