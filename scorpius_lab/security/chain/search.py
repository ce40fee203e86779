"""`chain.detect`: attacks in stored blocks, kept with what they brought; those on watched wallets become findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from scorpius_lab.core.components import Recorder
from scorpius_lab.errors import NothingEvaluated
from scorpius_lab.security.chain.attacks import Attack, Kind
from scorpius_lab.security.chain.chains import parameters_of
from scorpius_lab.security.chain.detection import detect
from scorpius_lab.security.chain.parameters import DetectParameters
from scorpius_lab.security.chain.results import attacks_frame, coverage, watched_findings
from scorpius_lab.security.chain.stored import load
from scorpius_lab.security.chain.tables import ATTACKS


def search(recorder: Recorder, parameters: DetectParameters) -> Mapping[str, object]:
    """Look for attacks in the stored blocks of a range; returns counts by kind and how much of the range was there.

    Raises NothingEvaluated if no block of the range is stored.
    """
    chosen = tuple(parameters.kinds) or tuple(Kind)
    found: list[Attack] = []
    states: Counter[str] = Counter()
    gaps = looked_at = 0
    for chain in load(recorder, parameters_of(parameters.chain_id), parameters.first, parameters.last):
        recorder.context.check("looking for attacks")
        recorder.context.progress(sum(states.values()), None, "blocks looked at")
        states.update(dict(chain.blocks["state"].value_counts().iter_rows()))
        gaps += len(chain.gaps)
        looked_at += chain.looked_at
        attacks = detect(chain, chosen)
        times = dict(chain.blocks.select("block_number", "timestamp").iter_rows())
        if attacks:
            recorder.add_rows(ATTACKS.name, attacks_frame(attacks, recorder.run_id, times))
            recorder.add_findings(watched_findings(attacks, chain, parameters.watch))
        found += attacks
    if not states:
        raise NothingEvaluated("no block of this range is stored; read blocks with `scorpius chain ingest`")
    recorder.add_observations([coverage(parameters_of(parameters.chain_id), states, gaps)])
    return {
        "blocks": sum(states.values()),
        "looked_at": looked_at,
        "states": dict(sorted(states.items())),
        "gaps": gaps,
        "attacks": dict(sorted(Counter(str(attack.kind) for attack in found).items())),
        "watched": len(parameters.watch),
    }
