"""`chain.ingest`: files of blocks into the store, with what was left out and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scorpius_lab.core.components import Recorder
from scorpius_lab.core.runs import RunContext
from scorpius_lab.errors import NothingEvaluated
from scorpius_lab.security.chain.chain import Chain, chain_of
from scorpius_lab.security.chain.chains import ChainParameters, parameters_of
from scorpius_lab.security.chain.frames import Rejected
from scorpius_lab.security.chain.linkage import Gap, Tip
from scorpius_lab.security.chain.lots import chain_files, lots
from scorpius_lab.security.chain.parameters import IngestParameters
from scorpius_lab.security.chain.stored import save

_MOST_NAMED = 100


@dataclass
class Intake:
    """What came of reading: blocks by state, rows by kind, gaps, and what was rejected."""

    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    gaps: list[Gap] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
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
        chain = chain_of(raw, parameters, before)
        before = chain.tip
        intake.count(chain)
        yield chain


def ingest(recorder: Recorder, parameters: IngestParameters) -> Mapping[str, object]:
    """Read files into the store; returns counts, states, gaps and rejects. A block that is there already adds nothing.

    Raises UsageError for a path that does not exist, NothingEvaluated if there was no block in any file.
    """
    intake = Intake()
    read = chains(parameters.paths, parameters_of(parameters.chain_id), recorder.workdir, intake, recorder.context)
    for chain in read:
        saved = save(recorder, chain)
        intake.new += saved.new
        intake.known += saved.known
    if not intake.states:
        raise NothingEvaluated(_nothing(intake))
    return intake.as_dict()


def _nothing(intake: Intake) -> str:
    first = intake.rejected[0] if intake.rejected else None
    why = (
        f"; the first of {len(intake.rejected)} rejects: {first.file}, {first.record}: {first.reason}" if first else ""
    )
    return f"no block could be read{why}"
