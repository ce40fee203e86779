"""`chain.ingest`: files of blocks into the store, with what was left out and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from scorpius_lab.core.components import Recorder
from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import NothingEvaluated
from scorpius_lab.security.chain.blocks import INCOMPLETE
from scorpius_lab.security.chain.chain import Chain, chain_of
from scorpius_lab.security.chain.chains import ChainParameters, parameters_of
from scorpius_lab.security.chain.errors import WrongChain
from scorpius_lab.security.chain.frames import Raw, Rejected
from scorpius_lab.security.chain.linkage import Gap, Tip
from scorpius_lab.security.chain.lots import chain_files, lots
from scorpius_lab.security.chain.parameters import IngestParameters
from scorpius_lab.security.chain.roots import RootState
from scorpius_lab.security.chain.stored import Saved, save
from scorpius_lab.security.chain.verification import verified

_MOST_NAMED = 100


@dataclass
class Intake:
    """What came of reading: blocks by state, rows by kind, gaps, and what was rejected."""

    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    gaps: list[Gap] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    roots: Counter[str] = field(default_factory=Counter)
    root_reasons: Counter[str] = field(default_factory=Counter)
    looked_at: int = 0
    new: int = 0
    known: int = 0

    def count(self, chain: Chain) -> None:
        """Add a lot."""
        self.states.update(dict(chain.blocks["state"].value_counts().iter_rows()))
        reasons = chain.blocks["reason"].drop_nulls().value_counts()
        self.reasons.update(dict(reasons.iter_rows()))
        self.rows["transactions"] += chain.transactions.height
        self.rows.update({name: frame.height for name, frame in chain.events.items()})
        self.gaps += chain.gaps
        self.looked_at += chain.looked_at

    def stored(self, saved: Saved) -> None:
        """Add what a lot brought to the store."""
        self.new += saved.new
        self.known += saved.known

    def as_dict(self) -> dict[str, object]:
        """The summary as JSON."""
        return {
            "blocks": sum(self.states.values()),
            "new": self.new,
            "known": self.known,
            "states": dict(sorted(self.states.items())),
            "reasons": dict(self.reasons.most_common(_MOST_NAMED)),
            "gaps": [{"first": gap.first, "last": gap.last} for gap in self.gaps[:_MOST_NAMED]],
            "gap_count": len(self.gaps),
            "rows": dict(sorted(self.rows.items())),
            "roots": dict(sorted(self.roots.items())),
            "root_reasons": dict(self.root_reasons.most_common(_MOST_NAMED)),
            "rejected": len(self.rejected),
            "rejects": [
                {"file": item.file, "record": item.record, "reason": item.reason}
                for item in self.rejected[:_MOST_NAMED]
            ],
        }


def chains(
    paths: Sequence[Path], parameters: ChainParameters, scratch: Path, intake: Intake, context: RunContext
) -> Iterator[Chain]:
    """The chains that files hold, lot by lot, counted in `intake`. Raises UsageError for paths with nothing."""
    before: Tip | None = None
    for raw in lots(
        chain_files(paths), scratch, check=lambda: context.check("reading blocks"), progress=context.progress
    ):
        intake.rejected += raw.rejected
        require_chain(raw, parameters)
        chain = chain_of(raw, parameters, before)
        before = chain.tip
        intake.count(chain)
        yield chain


def require_chain(raw: Raw, parameters: ChainParameters) -> None:
    """Raises WrongChain if transactions say that they are of another chain (EIP-155); 0 and nothing say nothing."""
    others = raw["transactions"]["chain_id"].drop_nulls().unique().to_list()
    wrong = sorted(number for number in others if number not in (0, parameters.chain_id))
    if wrong:
        raise WrongChain(
            f"the transactions are of chain {wrong[0]}, not of {parameters.chain_id}; say --chain-id {wrong[0]}"
        )


def ingest(recorder: Recorder, parameters: IngestParameters) -> Mapping[str, object]:
    """Read files into the store; returns counts, states, gaps and rejects. A block that is there already adds nothing.

    Raises UsageError for a path that does not exist, WrongChain for blocks of another chain, NothingEvaluated if there
    was no block in any file, and EndpointError for an endpoint that does not answer.
    """
    intake = Intake()
    if parameters.endpoint:
        from scorpius_lab.security.chain.live import ingest_live

        return ingest_live(recorder, parameters, intake)
    read = chains(parameters.paths, parameters_of(parameters.chain_id), recorder.workdir, intake, recorder.context)
    roots = _roots(recorder, parameters, intake)
    for chain in read:
        intake.stored(save(recorder, _judged(chain, roots), roots))
    if not intake.states:
        raise NothingEvaluated(_nothing(intake))
    return intake.as_dict()


def _roots(recorder: Recorder, parameters: IngestParameters, intake: Intake) -> pl.DataFrame | None:
    if not parameters.verify_roots:
        return None
    context = recorder.context
    found = verified(chain_files(parameters.paths), recorder.workdir, lambda: context.check("verifying roots"))
    intake.roots.update(dict(found["roots"].value_counts().iter_rows()))
    intake.root_reasons.update(dict(found["roots_reason"].drop_nulls().value_counts().iter_rows()))
    return found


def _judged(chain: Chain, roots: pl.DataFrame | None) -> Chain:
    """A block whose roots do not fit is incomplete, whatever else it has."""
    if roots is None or chain.base.is_empty():
        return chain
    failed = roots.filter(pl.col("roots") == RootState.MISMATCH).select("block_hash", wrong="roots_reason")
    joined = chain.base.join(failed, on="block_hash", how="left", maintain_order="left")
    marked = joined.with_columns(
        state=pl.when(pl.col("wrong").is_not_null()).then(pl.lit(INCOMPLETE)).otherwise("state"),
        reason=pl.coalesce("wrong", "reason"),
    )
    return replace(chain, base=marked.drop("wrong"))


def _nothing(intake: Intake) -> str:
    first = intake.rejected[0] if intake.rejected else None
    why = (
        f"; the first of {len(intake.rejected)} rejects: {first.file}, {first.record}: {first.reason}" if first else ""
    )
    return f"no block could be read{why}"
