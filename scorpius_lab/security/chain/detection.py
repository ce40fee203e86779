"""All detectors over one chain: one attack, one event, with what it cost and what is not known about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from scorpius_lab.security.chain.attacks import Attack, Kind
from scorpius_lab.security.chain.blocks import COMPLETE, LOGGED, TRACED
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.detectors import DETECTORS
from scorpius_lab.security.chain.frames import NATIVE
from scorpius_lab.security.chain.pricing import Block, Prices, prices_for, value

FULL = "full"
_UNSEEN_BY_LOGS = "moves of the coin and tips paid inside a transaction do not show in logs, so that net is before them"


def detect(chain: Chain, kinds: Collection[Kind] = tuple(Kind)) -> list[Attack]:
    """The attacks in these blocks, in order. A transaction that is part of one is no part of a later one.

    Every detector runs, whatever kinds are asked for, so that what is asked never changes what something is.
    """
    found: list[Attack] = []
    taken: set[str] = set()
    for detector in DETECTORS:
        here = [attack for attack in detector.detect(chain) if not taken & set(attack.transactions)]
        found += here
        if detector.KIND is not Kind.LIQUIDATION:
            taken |= {name for attack in here for name in attack.transactions}
    wanted = [attack for attack in found if attack.kind in kinds]
    return sorted(_costed(wanted, chain), key=lambda attack: (attack.block, attack.indexes, attack.kind))


@dataclass(frozen=True, slots=True)
class _Costs:
    """What the attacks' transactions cost, and how well their blocks were seen."""

    gas: Mapping[str, int | None]
    tips: Mapping[str, int]
    blocks: Mapping[Block, tuple[str, str | None]]
    prices: Prices


def _costed(attacks: list[Attack], chain: Chain) -> list[Attack]:
    if not attacks:
        return []
    costs = _Costs(_gas(chain, attacks), _tips(chain, attacks), _states(chain), prices_for(chain, attacks))
    charged: set[str] = set()
    costed = []
    for attack in attacks:
        costed.append(_with_costs(attack, chain, costs, charged))
        charged |= set(attack.transactions)
    return costed


def _with_costs(attack: Attack, chain: Chain, costs: _Costs, charged: Collection[str]) -> Attack:
    """What a transaction cost is charged to the first event in it, so that sums over events are right."""
    own = [name for name in attack.transactions if name not in charged]
    gas = [costs.gas.get(name) for name in own]
    gas_cost = None if any(cost is None for cost in gas) else sum(cost for cost in gas if cost is not None)
    seen_by, reason = costs.blocks.get((attack.block, attack.block_hash), ("", None))
    tips = sum(costs.tips.get(name, 0) for name in own) if seen_by == TRACED else None
    worth, via = value(attack, chain, costs.prices)
    return replace(
        attack,
        chain_id=chain.parameters.chain_id,
        gas_cost=gas_cost,
        tips=tips,
        net=None if worth is None or gas_cost is None else worth - gas_cost - (tips or 0),
        priced_via=via,
        completeness=_completeness(seen_by, reason, gas_known=gas_cost is not None, priced=worth is not None),
    )


def _completeness(seen_by: str, reason: str | None, *, gas_known: bool, priced: bool) -> str:
    unknown = []
    if seen_by == LOGGED:
        unknown.append(_UNSEEN_BY_LOGS)
    if not gas_known:
        unknown.append("the gas used is not known")
    if not priced:
        unknown.append("the profit has no price in this block")
    if reason is not None:
        unknown.append(f"the block is incomplete: {reason}")
    return "; ".join(unknown) or FULL


def _gas(chain: Chain, attacks: Iterable[Attack]) -> dict[str, int | None]:
    names = {name for attack in attacks for name in attack.transactions}
    rows = chain.transactions.filter(pl.col("transaction_hash").is_in(list(names)))
    return {
        name: None if used is None or price is None else used * price
        for name, used, price in rows.select("transaction_hash", "gas_used", "gas_price").iter_rows()
    }


def _states(chain: Chain) -> dict[Block, tuple[str, str | None]]:
    rows = chain.blocks.select("block_number", "block_hash", "seen_by", "state", "reason").iter_rows()
    return {
        (number, block): (seen, None if state == COMPLETE else reason) for number, block, seen, state, reason in rows
    }


def _tips(chain: Chain, attacks: Iterable[Attack]) -> dict[str, int]:
    """What each transaction paid the block's producer inside it, in wei; only call traces show that."""
    names = {name for attack in attacks for name in attack.transactions}
    facts = chain.transactions.filter(pl.col("transaction_hash").is_in(list(names))).select("at", "transaction_hash")
    producers = chain.blocks.select("block", "miner")
    paid = (
        chain.events["transfers"]
        .filter(pl.col("standard") == "native", pl.col("token") == NATIVE)
        .join(facts, on="at", how="inner")
        .join(producers, on="block", how="inner")
        .filter(pl.col("receiver") == pl.col("miner"))
    )
    tips: dict[str, int] = {}
    for name, amount in paid.select("transaction_hash", "amount").iter_rows():
        tips[name] = tips.get(name, 0) + int(amount)
    return tips
