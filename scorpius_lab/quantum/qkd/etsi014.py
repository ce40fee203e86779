"""Simulated keys handed out as ETSI GS QKD 014 V1.1.1 has it: three methods and their JSON, no server.

"Quantum Key Distribution (QKD); Protocol and data format of REST-based key delivery API" (2019-02), clauses 5 and 6.
An application, or a test of one, that speaks to a key management entity over HTTP finds here the bodies it would get.

Every container says that its keys are simulated. They must never protect anything.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits
from scorpius_lab.quantum.qkd.parameters import SIMULATION_NOTICE

KEY_SIZE: Final = 256
SMALLEST_KEY: Final = 64
LARGEST_KEY: Final = 4096
MOST_KEYS_PER_REQUEST: Final = 128

BAD_REQUEST, UNAUTHORIZED, SERVER_ERROR = 400, 401, 503

_Model = TypeVar("_Model", bound=BaseModel)

_NOTICE: Final = {"scorpius_lab_simulation": SIMULATION_NOTICE}


class RequestRefused(SimulationError):
    """A request the entity does not answer with keys: `status` is the HTTP status, `body` the Error object (6.5)."""

    def __init__(self, status: int, message: str, details: list[dict[str, Any]] | None = None) -> None:
        """Keep what a server would send."""
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message} | ({"details": details} if details else {})


class KeyRequest(BaseModel):
    """The body of Get key (6.2): how many keys of how many bits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: int = Field(default=1, ge=1, le=MOST_KEYS_PER_REQUEST)
    size: int = Field(default=KEY_SIZE, ge=SMALLEST_KEY, le=LARGEST_KEY, multiple_of=8)
    additional_slave_SAE_IDs: list[str] = Field(default=[], max_length=0)  # noqa: N815 (the standard's name)
    extension_mandatory: list[dict[str, Any]] = Field(default=[], max_length=0)
    extension_optional: list[dict[str, Any]] = []


class KeyId(BaseModel):
    """One entry of `KeyIds`."""

    model_config = ConfigDict(extra="ignore", strict=True)

    key_ID: str  # noqa: N815 (the standard's name)


class KeyIds(BaseModel):
    """The body of Get key with key IDs (6.4)."""

    model_config = ConfigDict(extra="ignore", strict=True)

    key_IDs: list[KeyId] = Field(min_length=1, max_length=MOST_KEYS_PER_REQUEST)  # noqa: N815 (the standard's name)


@dataclass(frozen=True, slots=True)
class _Reserved:
    """Which bits of the pool a key is, and for whom."""

    first: int
    size: int
    master: str
    slave: str


@dataclass(slots=True)
class _Ledger:
    """What both entities agree on: how much of the pool is given out, and which keys wait for their second reader."""

    bits: int
    used: int = 0
    waiting: dict[str, _Reserved] = field(default_factory=dict)

    def reserve(self, request: KeyRequest, master: str, slave: str) -> Iterator[tuple[str, _Reserved]]:
        """Take the next bits of the pool, all keys or none."""
        if self.used + request.number * request.size > self.bits:
            raise RequestRefused(
                SERVER_ERROR, f"not enough key is left for {request.number} keys of {request.size} bits"
            )
        for _ in range(request.number):
            name = str(uuid.uuid4())
            self.waiting[name] = _Reserved(self.used, request.size, master, slave)
            self.used += request.size
            yield name, self.waiting[name]


@dataclass(frozen=True, slots=True)
class KeyManagementEntity:
    """One end of a simulated link, serving the application called `sae_id`; made in pairs by `key_management`."""

    kme_id: str
    peer_kme_id: str
    sae_id: str
    peer_sae_id: str
    _pool: Bits = field(repr=False)
    _ledger: _Ledger = field(repr=False)

    def get_status(self, slave_sae_id: str, *, caller: str) -> dict[str, Any]:
        """The Status object for a master asking about a slave (5.1, 6.1): `GET /api/v1/keys/{slave}/status`.

        `caller` is the application that asks; a server takes it from the client's certificate. Raises RequestRefused.
        """
        self._check(caller, slave_sae_id)
        return {
            "source_KME_ID": self.kme_id,
            "target_KME_ID": self.peer_kme_id,
            "master_SAE_ID": caller,
            "slave_SAE_ID": slave_sae_id,
            "key_size": KEY_SIZE,
            "stored_key_count": (self._ledger.bits - self._ledger.used) // KEY_SIZE,
            "max_key_count": self._ledger.bits // KEY_SIZE,
            "max_key_per_request": MOST_KEYS_PER_REQUEST,
            "max_key_size": LARGEST_KEY,
            "min_key_size": SMALLEST_KEY,
            "max_SAE_ID_count": 0,
            "status_extension": dict(_NOTICE),
        }

    def get_key(self, slave_sae_id: str, request: Mapping[str, Any] | None = None, *, caller: str) -> dict[str, Any]:
        """The Key container with new keys for a master (5.2, 6.3): `POST /api/v1/keys/{slave}/enc_keys`.

        `request` is the body: `number` and `size` in bits, a multiple of 8. Raises RequestRefused: 400 for a malformed
        request or a mandatory extension (there are none), 401 for a stranger, 503 when too little key is left.
        """
        self._check(caller, slave_sae_id)
        wanted = _read(KeyRequest, {} if request is None else request)
        return self._container(self._ledger.reserve(wanted, caller, slave_sae_id))

    def get_key_with_key_ids(self, master_sae_id: str, request: Mapping[str, Any], *, caller: str) -> dict[str, Any]:
        """The Key container with the keys of these ids for the slave (5.3, 6.4): `POST /api/v1/keys/{master}/dec_keys`.

        A key is given to its slave once. Raises RequestRefused: 400 for a malformed request or an id that is not known
        or was delivered, and then no key at all is given out; 401 for a stranger.
        """
        self._check(caller, master_sae_id)
        names = [key.key_ID for key in _read(KeyIds, request).key_IDs]
        found = {name: self._ledger.waiting.get(name) for name in names}
        missing = [
            name for name, key in found.items() if key is None or (key.master, key.slave) != (master_sae_id, caller)
        ]
        if missing or len(found) != len(names):
            details = [{"key_ID": name} for name in missing]
            raise RequestRefused(BAD_REQUEST, "one or more keys specified are not found on KME", details)
        return self._container((name, self._ledger.waiting.pop(name)) for name in names)

    def _check(self, caller: str, other: str) -> None:
        if caller != self.sae_id:
            raise RequestRefused(UNAUTHORIZED, f"{caller} is not served by {self.kme_id}")
        if other != self.peer_sae_id:
            raise RequestRefused(BAD_REQUEST, f"there is no link from {caller} to {other}")

    def _container(self, keys: Iterator[tuple[str, _Reserved]]) -> dict[str, Any]:
        texts = [{"key_ID": name, "key": _text(self._pool[key.first : key.first + key.size])} for name, key in keys]
        return {"keys": texts, "key_container_extension": dict(_NOTICE)}


def key_management(
    alice_key: Bits,
    bob_key: Bits,
    *,
    kme_ids: tuple[str, str] = ("KME-A", "KME-B"),
    sae_ids: tuple[str, str] = ("SAE-A", "SAE-B"),
) -> tuple[KeyManagementEntity, KeyManagementEntity]:
    """Two entities over the final keys of a simulated session, one bit an element; each hands out what its end holds.

    Raises SimulationError if the keys differ: reconciliation has not been done, and no entity would store them.
    """
    alice, bob = (np.asarray(key, dtype=np.uint8) for key in (alice_key, bob_key))
    if alice.shape != bob.shape or alice.ndim != 1 or not np.array_equal(alice, bob) or np.any(alice > 1):
        raise SimulationError("the two ends need one equal key of bits; distil the session's key first")
    ledger = _Ledger(alice.size)
    ends = ((alice, 0, 1), (bob, 1, 0))
    one, two = (
        KeyManagementEntity(kme_ids[here], kme_ids[there], sae_ids[here], sae_ids[there], pool, ledger)
        for pool, here, there in ends
    )
    return one, two


def _text(bits: Bits) -> str:
    return base64.b64encode(np.packbits(bits).tobytes()).decode("ascii")


def _read(model: type[_Model], request: object) -> _Model:
    """The request as its model; what is wrong with it goes into the details, its values do not."""
    try:
        return model.model_validate(dict(request) if isinstance(request, Mapping) else request)
    except ValidationError as problem:
        details = [{".".join(map(str, e["loc"])): e["msg"]} for e in problem.errors(include_input=False)]
        raise RequestRefused(BAD_REQUEST, "the request is not of the format of ETSI GS QKD 014", details) from None
