"""The asynchronous façade: the lab's main verbs for programs that run an event loop.

    engine = await initialize_scorpius("lab")
    envelope = await engine.quantum_encrypt(message=b"…", algorithm="lattice_based", security_level=3)

Each call runs in a thread of its own, so that the loop goes on. A call that is cancelled stops being waited for; what
it began in its thread runs to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.lab import Lab
    from scorpius_lab.quantum.envelope.recipients import OpeningKey, Recipient


@dataclass(frozen=True, slots=True)
class Engine:
    """A lab behind an event loop. Made by `initialize_scorpius`."""

    lab: Lab

    async def quantum_encrypt(
        self,
        message: bytes | str,
        algorithm: str | None = None,
        security_level: int | None = None,
        *,
        recipients: Sequence[Recipient] = (),
        associated_data: bytes = b"",
    ) -> bytes:
        """An envelope around a message; text is encoded as UTF-8.

        `algorithm` is a name of the table or `lattice_based` with a level of 1, 3 or 5; without them the configuration
        decides. Without recipients the envelope is for the lab itself: for the keyset `messages-…` of that algorithm,
        made when it is first needed. Raises UsageError, SuiteNotAllowed, InvalidKey, KeyStoreError.
        """
        from scorpius_lab.quantum.envelope import encrypt

        if recipients and (algorithm is not None or security_level is not None):
            raise UsageError("the recipients' keys decide the algorithm; give either recipients or an algorithm")
        data = message.encode() if isinstance(message, str) else message
        public = recipients or [await asyncio.to_thread(self.lab.quantum.own_key, algorithm, security_level)]
        return await asyncio.to_thread(encrypt, data, public, associated_data=associated_data)

    async def quantum_decrypt(
        self,
        envelope: bytes,
        private_keys: OpeningKey | Sequence[OpeningKey] = (),
        *,
        associated_data: bytes = b"",
    ) -> bytes:
        """The message in an envelope, by the keys given or else by the lab's own. Raises as `quantum.decrypt` does."""
        from scorpius_lab.quantum.envelope import decrypt

        allowed = self.lab.quantum.allowed_in_envelopes
        keys = private_keys or await asyncio.to_thread(self.lab.quantum.own_private_keys)
        return await asyncio.to_thread(decrypt, envelope, keys, associated_data=associated_data, allowed=allowed)

    async def security_scan(self, target: Path | str, scan_type: str = "static") -> pl.DataFrame:
        """Scan a Solidity file, folder or project, or source text; returns one row per file, findings are stored.

        Raises UsageError for bytecode, for a scan type that this version does not have, and for a path to nothing.
        """
        from scorpius_lab.security.contracts.target import parameters_for

        parameters = parameters_for(target, scan_type)
        return await asyncio.to_thread(lambda: self.lab.contracts(**parameters))


async def initialize_scorpius(path: Path | str = "lab", overrides: Mapping[str, object] | None = None) -> Engine:
    """The engine on the lab in a folder, which is made if there is none. Raises ConfigurationError, StoreError."""
    return Engine(await asyncio.to_thread(_open, Path(path), overrides))


def _open(path: Path, overrides: Mapping[str, object] | None) -> Lab:
    from scorpius_lab.core.config import FILE_NAME
    from scorpius_lab.lab import init_lab, open_lab

    opened = open_lab if (path / FILE_NAME).is_file() else init_lab
    return opened(path, overrides=overrides)
