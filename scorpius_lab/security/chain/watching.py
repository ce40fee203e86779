"""`chain.threats`: what is done to those who trade, found in stored blocks and kept as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from scorpius_lab.core.components import Recorder
from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.observations import Asset
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.errors import NothingEvaluated
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.chains import parameters_of
from scorpius_lab.security.chain.exposure import read_labels
from scorpius_lab.security.chain.parameters import ThreatParameters
from scorpius_lab.security.chain.stored import load
from scorpius_lab.security.chain.threats import (
    THREATS,
    address_poisoning,
    approval_phishing,
    flash_loan_attack,
    honeypot,
    mixer,
    rug_pull,
    wash_trading,
)
from scorpius_lab.security.chain.threats.threat import SCHEMA, Threat

_MOST_SHOWN = 500


def watch(recorder: Recorder, parameters: ThreatParameters) -> Mapping[str, object]:
    """Run every detector of threats over the stored blocks of a chain; returns counts and what was found.

    Blocks are looked at in lots that fit into memory; what spans two lots is seen in neither. Raises NothingEvaluated
    if no block is stored.
    """
    known = read_labels(parameters.labels).addresses if parameters.labels else []
    mixers = read_labels(parameters.mixers).addresses if parameters.mixers else []
    parts: list[pl.DataFrame] = []
    states: Counter[str] = Counter()
    gaps = looked_at = 0
    for chain in load(recorder, parameters_of(parameters.chain_id)):
        recorder.context.check("looking for threats")
        states.update(dict(chain.blocks["state"].value_counts().iter_rows()))
        gaps += len(chain.gaps)
        looked_at += chain.looked_at
        recorder.context.progress(states.total(), None, "blocks looked at")
        parts += threats_in(chain, known, mixers)
    if not states:
        raise NothingEvaluated("no block is stored; read blocks with `scorpius chain ingest`")
    found = pl.concat(parts) if parts else pl.DataFrame(schema=dict(SCHEMA))
    rules = {threat.id: rule_of(threat) for threat in THREATS}
    recorder.add_findings(
        _finding(row, rules[row["threat"]], parameters.chain_id) for row in found.iter_rows(named=True)
    )
    return {
        "blocks": states.total(),
        "looked_at": looked_at,
        "states": dict(sorted(states.items())),
        "gaps": gaps,
        "not_evaluated": {} if mixers else {mixer.THREAT.id: "no list of mixers was given"},
        "threats": dict(sorted(Counter(found["threat"]).items())),
        "found": found.head(_MOST_SHOWN).to_dicts(),
    }


def threats_in(chain: Chain, known: list[str], mixers: list[str]) -> list[pl.DataFrame]:
    """What every detector finds in these blocks."""
    events, sent = chain.events, chain.succeeded
    names = sent.select("block_number", "transaction_index", "transaction_hash")
    named = events["transfers"].join(names, on=["block_number", "transaction_index"], how="left")
    return [
        address_poisoning.detect(named),
        approval_phishing.detect(events["approvals"], events["transfers"], sent, known),
        rug_pull.detect(events["reserves"], events["liquidity"], events["transfers"], events["swaps"], sent),
        honeypot.detect(events["swaps"], sent),
        flash_loan_attack.detect(events["flash_loans"], events["transfers"], sent),
        mixer.detect(events["transfers"], sent, mixers),
        wash_trading.detect(events["transfers"], sent),
    ]


def rule_of(threat: Threat) -> Rule:
    """A detector of threats as a rule of the lab."""
    return Rule(
        id=f"chain.threat.{threat.id}",
        version=1,
        title=threat.title,
        severity=threat.severity,
        confidence=threat.confidence,
        description=threat.what,
        remedy=threat.respond,
        requirements=("soc2:CC7.2", "iso27001:A.8.16"),
        references=(threat.source,),
        tags=("chain", threat.id),
    )


def _finding(row: Mapping[str, object], rule: Rule, chain_id: int) -> Finding:
    transactions = [str(name) for name in row["transactions"] or ()]  # type: ignore[attr-defined]
    place = transactions[0] if transactions else str(row["counterparty"])
    return Finding(
        rule=rule,
        asset=Asset("wallet", f"{chain_id}:{row['address']}", {"chain_id": chain_id, "address": row["address"]}),
        location=Location(
            LocationKind.TRANSACTION,
            f"{chain_id}:{row['counterparty']}",
            {"chain": chain_id, "hash": place},
        ),
        message=str(row["detail"]),
        severity=Severity(str(row["severity"])),
        detail=dict(row),
    )
