"""Attacks as records of the lab: rows of `chain_attacks`, findings for wallets that are watched, and coverage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.rules import Confidence, Rule, Severity
from scorpius_lab.security.chain.attacks import Attack, Kind
from scorpius_lab.security.chain.blocks import COMPLETE
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.chains import ChainParameters

_MONITORING = ("soc2:CC7.2", "iso27001:A.8.16")

BLOCKS_WHOLE = Rule(
    id="chain.blocks.whole",
    version=1,
    title="Blocks are there with all their receipts and logs",
    severity=Severity.INFO,
    description="An attack in a block that is not there, or whose logs are missing, is not seen.",
    remedy="Read the missing blocks, with eth_getBlockReceipts or trace_block, and ingest them.",
    requirements=_MONITORING,
    tags=("coverage",),
)

_TEXTS: Mapping[Kind, tuple[str, str, Severity, str]] = {
    Kind.SANDWICH: (
        "A watched wallet's trade was sandwiched",
        "Somebody bought before the trade and sold after it, at the wallet's cost.",
        Severity.MEDIUM,
        "Trade with a tighter slippage limit (`scorpius chain guard` computes it), in smaller parts, or through a "
        "private relay.",
    ),
    Kind.LIQUIDATION: (
        "A watched wallet was liquidated",
        "Collateral was taken at a discount because the loan was no longer covered.",
        Severity.HIGH,
        "Watch the health of loans and repay or add collateral before the threshold.",
    ),
    Kind.JIT: (
        "A watched wallet's trade met just-in-time liquidity",
        "Liquidity that was there for one block took the fee that lasting providers would have earned.",
        Severity.INFO,
        "No action for the trader; a liquidity provider should expect lower fees in this pool.",
    ),
    Kind.ARBITRAGE: (
        "A watched wallet's trade was answered by arbitrage",
        "The trade left a price that somebody else evened out at a profit: it paid for more than it needed to.",
        Severity.LOW,
        "Route large trades over several pools at once, or use an exchange that returns such profit.",
    ),
}


def rule_of(kind: Kind) -> Rule:
    """The rule that a kind of attack on a watched wallet breaks."""
    title, description, severity, remedy = _TEXTS[kind]
    return Rule(
        id=f"chain.{kind}.watched",
        version=1,
        title=title,
        severity=severity,
        confidence=Confidence.HIGH,
        description=description,
        remedy=remedy,
        requirements=_MONITORING,
        tags=("mev", str(kind)),
    )


def attacks_frame(attacks: Sequence[Attack], run_id: str, timestamps: Mapping[int, int | None]) -> pl.DataFrame:
    """Rows of `chain_attacks`; `timestamps` by height."""
    rows = []
    for attack in attacks:
        told = attack.as_dict()
        detail = {
            name: told[name] for name in ("fronts", "backs", "backrun_of", "protocol", "borrower", "debt", "collateral")
        }
        rows.append(
            {
                "chain_id": attack.chain_id,
                "run_id": run_id,
                "kind": str(attack.kind),
                "block_number": attack.block,
                "block_hash": attack.block_hash,
                "timestamp": timestamps.get(attack.block),
                "actor": attack.actor,
                "transactions": list(attack.transactions),
                "victims": list(attack.victims),
                "pools": list(attack.pools),
                "profit": json.dumps(told["profit"]),
                "leftover": json.dumps(told["leftover"]),
                "gas_cost": told["gas_cost"],
                "tips": told["tips"],
                "net": told["net"],
                "priced_via": attack.priced_via,
                "completeness": attack.completeness,
                "rule_version": attack.rule_version,
                "detail": json.dumps(detail),
            }
        )
    texts = ("block_hash", "actor", "gas_cost", "tips", "net", "priced_via", "completeness")
    lists = ("transactions", "victims", "pools")
    types = {**dict.fromkeys(texts, pl.String()), **dict.fromkeys(lists, pl.List(pl.String)), "timestamp": pl.Int64()}
    return pl.DataFrame(rows, schema_overrides=types) if rows else pl.DataFrame()


def watched_findings(attacks: Iterable[Attack], chain: Chain, watch: Iterable[str]) -> list[Finding]:
    """A finding for each attack on a wallet that is watched: one that sent a victim's transaction, or borrowed."""
    wallets = {wallet.lower() for wallet in watch}
    if not wallets:
        return []
    senders = dict(chain.transactions.select("transaction_hash", "sender").iter_rows())
    found = []
    for attack in attacks:
        hurt = attack.victims if attack.kind is not Kind.ARBITRAGE else attack.backrun_of
        for victim in hurt:
            wallet = victim if attack.kind is Kind.LIQUIDATION else senders.get(victim)
            if wallet in wallets:
                found.append(_finding(attack, str(wallet), victim))
    return found


def _finding(attack: Attack, wallet: str, victim: str) -> Finding:
    place = attack.transactions[0] if attack.kind is Kind.LIQUIDATION else victim
    rule = rule_of(attack.kind)
    return Finding(
        rule=rule,
        asset=Asset("wallet", f"{attack.chain_id}:{wallet}", {"chain_id": attack.chain_id, "address": wallet}),
        location=Location(
            LocationKind.TRANSACTION,
            f"{attack.chain_id}:{place}:{attack.transactions[0]}",
            {"chain": attack.chain_id, "hash": place, "block": attack.block},
        ),
        message=f"{rule.title} in block {attack.block} by {attack.actor}",
        detail=attack.as_dict(),
    )


def coverage(parameters: ChainParameters, states: Mapping[str, int], gaps: int) -> Observation:
    """Whether all blocks of the range were there to be looked at."""
    total = sum(states.values())
    whole = states.get(COMPLETE, 0)
    missing = f", {gaps} gaps between them" if gaps else ""
    state = State.NOT_EVALUATED if not total else State.PASS if whole == total and not gaps else State.PARTIAL
    return Observation(
        rule=BLOCKS_WHOLE,
        asset=Asset("chain", str(parameters.chain_id), {"name": parameters.name}),
        state=state,
        reason=f"{whole} of {total} blocks are complete{missing}",
        value=float(whole),
        unit="blocks",
        detail={"states": dict(states), "gaps": gaps},
    )
