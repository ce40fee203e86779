"""A second implementation, slow and obvious, over the JSON of one block: dictionaries and loops, no frames.

Written from the definitions of the detectors, sharing no code with them: every pair of transactions is tried as front
and back, every subset of a transaction's swaps as a circle.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.security.chain.ledger import SWAP_V2, SWAP_V3, TRANSFER


def _words(data: str) -> list[int]:
    return [int(data[start : start + 64], 16) for start in range(2, len(data), 64)]


def _signed(number: int) -> int:
    return number - 2**256 if number >= 2**255 else number


def _account(topic: str) -> str:
    return "0x" + topic[-40:]


def _read(receipt: dict[str, Any]) -> dict[str, Any]:
    """A transaction with its transfers and its swaps, tokens taken from the transfers of the same amounts."""
    transfers, swaps = [], []
    for log in receipt["logs"]:
        position, kind = int(log["logIndex"], 16), log["topics"][0]
        if kind == TRANSFER:
            transfers.append(
                (position, log["address"], _account(log["topics"][1]), _account(log["topics"][2]), int(log["data"], 16))
            )
        elif kind in (SWAP_V2, SWAP_V3):
            words = _words(log["data"])
            if kind == SWAP_V2:
                change = (words[0] - words[2], words[1] - words[3])
            else:
                change = (_signed(words[0]), _signed(words[1]))
            paid = next(amount for amount in change if amount > 0)
            got = -next(amount for amount in change if amount < 0)
            pool = log["address"]
            token_in = [t[1] for t in transfers if t[0] < position and t[3] == pool and t[4] == paid]
            token_out = [t[1] for t in transfers if t[0] < position and t[2] == pool and t[4] == got]
            if token_in and token_out:
                swaps.append({"pool": pool, "in": token_in[-1], "out": token_out[-1], "paid": paid, "got": got})
    return {
        "index": int(receipt["transactionIndex"], 16),
        "hash": receipt["transactionHash"],
        "from": receipt["from"],
        "to": receipt["to"],
        "transfers": transfers,
        "swaps": swaps,
    }


def _balance(transaction: dict[str, Any], account: str, token: str) -> int:
    return sum(
        amount * ((receiver == account) - (sender == account))
        for _, moved, sender, receiver, amount in transaction["transfers"]
        if moved == token
    )


def _accounts(transaction: dict[str, Any]) -> set[str]:
    return {account for _, _, sender, receiver, _ in transaction["transfers"] for account in (sender, receiver)}


def _net(swaps: list[dict[str, Any]]) -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for swap in swaps:
        net[swap["in"]] -= swap["paid"]
        net[swap["out"]] += swap["got"]
    return {token: amount for token, amount in net.items() if amount}


def _direction(transaction: dict[str, Any], pool: str) -> tuple[str, str] | None:
    net = _net([swap for swap in transaction["swaps"] if swap["pool"] == pool])
    paid, got = [t for t, a in net.items() if a < 0], [t for t, a in net.items() if a > 0]
    return (paid[0], got[0]) if len(paid) == len(got) == 1 else None


def attacks(receipts: list[dict[str, Any]]) -> set[tuple[object, ...]]:
    """The attacks in a block: kind, transactions, victims, pools and profit."""
    transactions = [_read(receipt) for receipt in receipts if receipt["status"] == "0x1"]
    pools = {swap["pool"] for transaction in transactions for swap in transaction["swaps"]}
    found = _sandwiches(transactions, pools)
    taken = {name for attack in found for name in attack[1]}
    return found | {
        attack for t in transactions if t["hash"] not in taken and (attack := _arbitrage(t, pools)) is not None
    }


# -- sandwiches


def _routers(transactions: list[dict[str, Any]]) -> set[str]:
    callers: dict[str, set[str]] = defaultdict(set)
    for transaction in transactions:
        if transaction["swaps"] and transaction["from"] in _accounts(transaction):
            callers[transaction["to"]].add(transaction["from"])
    return {target for target, who in callers.items() if len(who) > 1}


def _same_actor(one: dict[str, Any], two: dict[str, Any], tokens: tuple[str, str], known: tuple[set, set]) -> bool:
    routers, pools = known
    if one["from"] == two["from"]:
        return True
    if one["to"] == two["to"] and one["to"] not in routers | pools:
        return True
    paid, got = tokens
    return any(
        _balance(one, account, got) > 0 > _balance(two, account, got)
        or _balance(one, account, paid) < 0 < _balance(two, account, paid)
        for account in (_accounts(one) & _accounts(two)) - pools
    )


def _sandwiches(transactions: list[dict[str, Any]], pools: set[str]) -> set[tuple[object, ...]]:
    known = (_routers(transactions), pools)
    parts = [part for pool in sorted(pools) for part in _parts(transactions, pool, known)]
    merged: list[list[dict[str, Any]]] = []
    for part in parts:
        same = [
            group for group in merged if any(p["fronts"] & part["fronts"] and p["backs"] & part["backs"] for p in group)
        ]
        merged = [group for group in merged if group not in same] + [[part, *(p for group in same for p in group)]]
    return {_sandwich(group, transactions) for group in merged}


def _parts(transactions: list[dict[str, Any]], pool: str, known: tuple[set, set]) -> list[dict[str, Any]]:
    turns = [(t, _direction(t, pool)) for t in transactions]
    turns = [(t, direction) for t, direction in turns if direction]
    groups: list[set[int]] = []
    for (one, first), (two, second) in combinations(turns, 2):
        if first == second[::-1] and _same_actor(one, two, first, known):
            same = [group for group in groups if group & {one["index"], two["index"]}]
            groups = [group for group in groups if group not in same]
            groups.append({one["index"], two["index"]}.union(*same))
    return [part for group in groups for part in _rounds(turns, group, pool)]


def _rounds(turns: list[tuple[dict[str, Any], Any]], group: set[int], pool: str) -> list[dict[str, Any]]:
    own = [(t, direction) for t, direction in turns if t["index"] in group]
    senders = {t["from"] for t, _ in own}
    others = [(t, direction) for t, direction in turns if t["index"] not in group and t["from"] not in senders]
    parts = []
    while own:
        first = own[0][1]
        fronts = []
        while own and own[0][1] == first:
            fronts.append(own.pop(0)[0])
        backs = []
        for t, direction in own:
            if direction == first:
                break
            backs.append(t)
        if not backs:
            break
        victims = [
            t
            for t, direction in others
            if direction[0] == first[0] and fronts[0]["index"] < t["index"] < backs[-1]["index"]
        ]
        if victims:
            own = own[len(backs) :]
            parts.append(
                {
                    "pool": pool,
                    "fronts": {t["index"] for t in fronts},
                    "backs": {t["index"] for t in backs},
                    "victims": {t["index"] for t in victims},
                }
            )
    return parts


def _sandwich(group: list[dict[str, Any]], transactions: list[dict[str, Any]]) -> tuple[object, ...]:
    by_index = {t["index"]: t for t in transactions}
    fronts, backs, victims = (set().union(*(p[name] for p in group)) for name in ("fronts", "backs", "victims"))
    own = fronts | backs
    paid = _net([swap for index in fronts for swap in by_index[index]["swaps"]])
    got = _net([swap for index in backs for swap in by_index[index]["swaps"]])
    return (
        "sandwich",
        tuple(by_index[index]["hash"] for index in sorted(own)),
        tuple(by_index[index]["hash"] for index in sorted(victims - own)),
        frozenset(p["pool"] for p in group),
        frozenset(_profit(paid, got, group, by_index).items()),
    )


def _profit(paid: dict[str, int], got: dict[str, int], group: list, by_index: dict) -> dict[str, int]:
    pair = _pair(paid, got)
    if pair:
        return _matched(*pair)
    total = {token: paid.get(token, 0) + got.get(token, 0) for token in {*paid, *got}}
    staked = {token for token, amount in paid.items() if amount < 0}
    if staked and all(a >= 0 if t in staked else a == 0 for t, a in total.items()):
        return {t: a for t, a in total.items() if a}
    profit: dict[str, int] = defaultdict(int)
    for part in group:
        here = [
            _net([s for i in part[side] for s in by_index[i]["swaps"] if s["pool"] == part["pool"]])
            for side in ("fronts", "backs")
        ]
        pair = _pair(*here)
        for token, amount in (_matched(*pair) if pair else {}).items():
            profit[token] += amount
    return {token: amount for token, amount in profit.items() if amount}


def _pair(front: dict[str, int], back: dict[str, int]) -> tuple[str, str, int, int, int, int] | None:
    if len(front) != 2 or set(front) != set(back):
        return None
    base = [token for token, amount in front.items() if amount < 0]
    if len(base) != 1 or back[base[0]] <= 0:
        return None
    traded = next(token for token in front if token != base[0])
    if front[traded] <= 0 or back[traded] >= 0:
        return None
    return base[0], traded, -front[base[0]], front[traded], -back[traded], back[base[0]]


def _matched(*legs: object) -> dict[str, int]:
    base, traded, cost, bought, sold, revenue = legs
    if cost == revenue:
        return {traded: bought - sold} if bought != sold else {}
    if bought == sold:
        return {base: revenue - cost}
    matched = min(bought, sold)
    gained = int((Fraction(revenue * matched, sold) - Fraction(cost * matched, bought)) // 1)
    return {base: gained} if gained else {}


# -- arbitrage


def _arbitrage(transaction: dict[str, Any], pools: set[str]) -> tuple[object, ...] | None:
    """The largest set of swaps that is one or more closed circles over two pools and comes out ahead."""
    swaps = transaction["swaps"]
    for size in range(len(swaps), 1, -1):
        for chosen in combinations(swaps, size):
            net = _net(list(chosen))
            closed = {swap["in"] for swap in chosen} == {swap["out"] for swap in chosen}
            if not closed or len({swap["pool"] for swap in chosen}) < 2 or not net:
                continue
            through = {
                t: max(sum(s["paid"] for s in chosen if s["in"] == t), sum(s["got"] for s in chosen if s["out"] == t))
                for t in {s["in"] for s in chosen}
            }
            if any(amount < 0 for amount in net.values()):
                continue
            ahead = {t: a for t, a in net.items() if a * 100 > through[t]} or dict(
                [max(net.items(), key=lambda i: (Fraction(i[1], through[i[0]]), i[0]))]
            )
            return (
                "arbitrage",
                (transaction["hash"],),
                (),
                frozenset(swap["pool"] for swap in chosen),
                frozenset(ahead.items()),
            )
    return None
