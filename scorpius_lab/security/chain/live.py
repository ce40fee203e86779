"""Blocks from a live endpoint into the store: from where it ends, some at a time, whatever is replaced read anew.

Every piece goes through the same readers as files do, and is stored whole before the next is asked for: a process that
is killed goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scorpius_lab.core.components import Recorder
from scorpius_lab.core.secrets import resolve
from scorpius_lab.errors import NothingEvaluated, UsageError
from scorpius_lab.security.chain.chain import chain_of
from scorpius_lab.security.chain.chains import ChainParameters, parameters_of
from scorpius_lab.security.chain.endpoint import Endpoint, FetchedBlock, Reorg, fetch
from scorpius_lab.security.chain.errors import WrongChain
from scorpius_lab.security.chain.frames import joined
from scorpius_lab.security.chain.linkage import Tip
from scorpius_lab.security.chain.lots import read_file
from scorpius_lab.security.chain.parameters import IngestParameters
from scorpius_lab.security.chain.stored import save
from scorpius_lab.security.chain.tables import CURRENT

if TYPE_CHECKING:
    from scorpius_lab.security.chain.ingest import Intake

_AT_ONCE = 50


def ingest_live(recorder: Recorder, parameters: IngestParameters, intake: Intake) -> Mapping[str, object]:
    """Read blocks of an endpoint into the store. Raises UsageError, WrongChain, EndpointError, NothingEvaluated."""
    url = resolve(parameters.endpoint).get_secret_value()
    chain = parameters_of(parameters.chain_id)
    with Endpoint(url, context=recorder.context) as endpoint:
        there = endpoint.chain_id()
        if there != parameters.chain_id:
            raise WrongChain(f"{endpoint.name} is of chain {there}, not of {parameters.chain_id}")
        known = _known(recorder, parameters.chain_id)
        first = parameters.first if parameters.first is not None else _next(known, parameters.endpoint)
        last = parameters.last if parameters.last is not None else endpoint.height()
        tail = [pair for pair in known if pair[0] < first]
        waiting: list[FetchedBlock] = []
        before: Tip | None = None
        for given in fetch(endpoint, first, last, known=tail):
            if isinstance(given, Reorg):
                intake.reasons[f"blocks from {given.first} were replaced while they were read"] += len(given.dropped)
                waiting = [block for block in waiting if block.number < given.first]
                before = None  # the last stored block may be one of those
                continue
            waiting.append(given)
            if len(waiting) >= _AT_ONCE:
                before = _stored(recorder, chain, waiting, intake, before)
                waiting = []
        if waiting:
            _stored(recorder, chain, waiting, intake, before)
    if not intake.states:
        raise NothingEvaluated("the endpoint has no block that is not stored already")
    return intake.as_dict()


def _known(recorder: Recorder, chain_id: int) -> list[tuple[int, str]]:
    """The last stored blocks, oldest first."""
    rows = recorder.sql(
        f"SELECT block_number, block_hash FROM ({CURRENT}) WHERE chain_id = $chain AND block_hash IS NOT NULL "  # noqa: S608
        "QUALIFY row_number() OVER (PARTITION BY block_number ORDER BY recorded_at DESC) = 1 "
        "ORDER BY block_number DESC LIMIT 64",
        {"chain": chain_id},
    )
    return [(number, name) for number, name in reversed(rows.rows())]


def _next(known: Sequence[tuple[int, str]], name: str) -> int:
    if not known:
        raise UsageError(f"no block is stored to go on from; say from which height {name} is to be read (first)")
    return known[-1][0] + 1


def _stored(
    recorder: Recorder, parameters: ChainParameters, blocks: Sequence[FetchedBlock], intake: Intake, before: Tip | None
) -> Tip | None:
    path = recorder.workdir / "fetched.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for block in blocks:
            file.write(json.dumps(block.block) + "\n" + json.dumps(list(block.receipts)) + "\n")
    raw = joined(list(read_file(path)))
    intake.rejected += raw.rejected
    chain = chain_of(raw, parameters, before)
    intake.count(chain)
    intake.stored(save(recorder, chain))
    return chain.tip
