"""The best sandwich against a swap, on any pool that can be asked what it pays.

The attacker's gain over what he puts in front rises to one maximum and falls; what he may put in front is limited by
the victim's least output (Heimbach and Wattenhofer, arXiv 2202.03762, section 4). So the best is at the limit, or the
maximum before it.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from scorpius_lab.security.chain.guard.report import MOST, Attack, GuardReport, Pool, State, Swap, SwapImpossible

_MOST_FRONTS = 200
_FAR = 1000
_PARTS: tuple[int, ...] = (*range(2, 17), 20, 25, 32, 40, 50, 64, 100, 200, 500, 1000)
_ADVICE_RELAY = (
    "A private relay keeps the transaction out of sight until it is in a block; it is a promise of its operators, "
    "no guarantee."
)


def guard(swap: Swap, pool: Pool, *, attack_cost: int = 0) -> GuardReport:
    """How exposed a swap is on a pool, and what would make it safe.

    `attack_cost` is what a sandwich costs its sender in gas and tips, in raw units of the token paid in. Raises
    ValueError for amounts that are no token amounts; a pool whose state makes no sense gives a report that says so.
    """
    for name, amount in (("amount in", swap.amount_in), ("least output", swap.least_out), ("attack cost", attack_cost)):
        if not 0 <= amount <= MOST:
            raise ValueError(f"the {name} {amount} is no token amount: it must be from 0 to 2**256 - 1")
    problem = pool.problem(swap.token_in) or ("" if swap.amount_in else "the amount in is nought")
    if problem:
        return _without(State.NOT_EVALUATED, problem, attack_cost)
    try:
        quoted, _ = pool.swapped(swap.token_in, swap.amount_in)
    except SwapImpossible as error:
        return _without(State.NOT_EVALUATED, str(error), attack_cost)
    if not quoted:
        return _without(State.NOT_EVALUATED, "the pool pays nothing for this amount", attack_cost, quoted)
    if quoted < swap.least_out:
        reason = f"the pool pays {quoted} now, less than the least output {swap.least_out}: the swap would fail"
        return _without(State.UNREACHABLE, reason, attack_cost, quoted)
    attack = best_attack(swap, pool, quoted)
    exposed = attack is not None and attack.profit > attack_cost
    safe_least = _safe_least_out(swap, pool, quoted, attack_cost)
    parts = _parts(swap, pool, quoted, attack_cost) if exposed else 1
    report = GuardReport(
        state=State.EXPOSED if exposed else State.SAFE,
        reason=_reason(attack, attack_cost, exposed=exposed),
        quoted_out=quoted,
        slippage=Fraction(quoted - swap.least_out, quoted),
        attack=attack,
        attack_cost=attack_cost,
        expected_loss=attack.loss if exposed and attack else 0,
        safe_least_out=safe_least,
        safe_slippage=None if safe_least is None else Fraction(quoted - safe_least, quoted),
        parts=parts,
        part_size=None if parts is None else -(-swap.amount_in // parts),
        advice=(),
    )
    return _advised(report)


def best_attack(swap: Swap, pool: Pool, quoted: int) -> Attack | None:
    """The sandwich that gains most within the swap's least output, before costs; None if none gains."""
    closed = pool.largest_front(swap)
    limit = _search_limit(swap, pool) if closed is None else closed
    front = _best_front(swap, pool, limit)
    attack = simulated(swap, pool, front, quoted)
    return attack if attack is not None and attack.profit > 0 else None


def simulated(swap: Swap, pool: Pool, front: int, quoted: int) -> Attack | None:
    """A sandwich with this much in front; None if the swap would fail behind it."""
    if front <= 0:
        return None
    try:
        bought, after_front = pool.swapped(swap.token_in, front)
        got, after_victim = after_front.swapped(swap.token_in, swap.amount_in)
        if got < swap.least_out or not bought:
            return None
        back, _ = after_victim.swapped(pool.other(swap.token_in), bought)
    except SwapImpossible:
        return None
    return Attack(front, bought, back - front, got, quoted - got)


def _search_limit(swap: Swap, pool: Pool) -> int:
    """The largest front the swap survives, by doubling and halving: what the victim gets only falls with it."""

    def survives(front: int) -> bool:
        try:
            _, after = pool.swapped(swap.token_in, front)
            return after.swapped(swap.token_in, swap.amount_in)[0] >= swap.least_out
        except SwapImpossible:
            return False

    high = max(1, swap.amount_in)
    while high < MOST and survives(high):
        high *= 2
    low = 0
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if survives(middle) else (low, middle)
    return low


def _best_front(swap: Swap, pool: Pool, limit: int) -> int:
    """Where the gain is largest between nought and the limit.

    A constant product has one maximum; but in front of it lie fronts so large that the pool's rounding outweighs the
    gain, so only a near limit is trusted. Where liquidity lies in ticks, or a pool is flat in the middle and steep at
    its ends, there may be several: a grid of fronts, each a fifth larger than the last, finds the right one, and the
    search goes on between its neighbours.
    """
    if limit <= 0:
        return 0

    def gain(front: int) -> int:
        attack = simulated(swap, pool, front, 0)
        return -MOST if attack is None else attack.profit

    near = pool.single_peaked and limit <= _FAR * swap.amount_in
    at_limit = gain(limit)
    if near and at_limit >= gain(limit - max(1, limit >> 20)):
        # a pool rounds what it pays down: one unit less in front may buy as much
        return limit if at_limit >= gain(limit - 1) else limit - 1
    fronts = [limit] if near else _grid(limit)
    peak = max(range(len(fronts)), key=lambda number: gain(fronts[number]))
    low = fronts[peak - 1] if peak else 0
    high = fronts[min(peak + 1, len(fronts) - 1)]
    while high - low > 2:
        third = (high - low) // 3
        left, right = low + third, high - third
        if gain(left) < gain(right):
            low = left
        else:
            high = right
    best: int = max((*range(low, high + 1), fronts[peak]), key=gain)
    return best


def _grid(limit: int) -> list[int]:
    fronts: list[int] = []
    front = limit
    while front and len(fronts) < _MOST_FRONTS:
        fronts.append(front)
        front = front * 5 // 6
    return fronts[::-1]


def _safe_least_out(swap: Swap, pool: Pool, quoted: int, cost: int) -> int | None:
    """The smallest least output at which no sandwich gains more than its cost; None if even the quote is not enough.

    The gain rises with the front up to its maximum, and what the victim gets falls: so the smallest front that pays
    says how much the victim must at least insist on.
    """
    open_swap = Swap(swap.token_in, swap.amount_in, 0)

    def pays(front: int) -> bool:
        attack = simulated(open_swap, pool, front, quoted)
        return attack is not None and attack.profit > cost

    best = best_attack(open_swap, pool, quoted)
    if best is None or best.profit <= cost:
        return 0
    fronts = [best.front] if pool.single_peaked else _grid(best.front)
    first_paying = next(number for number, front in enumerate(fronts) if pays(front))
    low, high = fronts[first_paying - 1] if first_paying else 0, fronts[first_paying]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if pays(middle) else (middle, high)
    first = simulated(open_swap, pool, high, quoted)
    if first is None or first.victim_out >= quoted:
        return None
    return first.victim_out + 1


def _parts(swap: Swap, pool: Pool, quoted: int, cost: int) -> int | None:
    """In how many equal parts no sandwich pays, each with the slippage asked for; None if a thousand are too few."""
    for parts in _PARTS:
        size = -(-swap.amount_in // parts)
        out, _ = pool.swapped(swap.token_in, size)
        part = Swap(swap.token_in, size, out * swap.least_out // quoted)
        attack = best_attack(part, pool, out)
        if attack is None or attack.profit <= cost:
            return parts
    return None


def _reason(attack: Attack | None, cost: int, *, exposed: bool) -> str:
    if attack is None:
        return "no sandwich gains anything: the pool's fee costs more than the swap moves the price"
    if exposed:
        return f"a sandwich with {attack.front} in front gains {attack.profit}, more than its cost of {cost}"
    return f"the best sandwich gains {attack.profit}, not more than its cost of {cost}"


def _advised(report: GuardReport) -> GuardReport:
    if report.state is not State.EXPOSED:
        return report
    advice = []
    if report.safe_least_out is not None and report.safe_slippage is not None:
        advice.append(f"Ask for at least {report.safe_least_out}: a slippage of {float(report.safe_slippage):.4%}.")
    else:
        advice.append("No slippage limit makes this swap safe at this cost of an attack: make it smaller.")
    if report.parts is not None:
        advice.append(f"Or send it in {report.parts} parts of {report.part_size}, each in a block of its own.")
    return replace(report, advice=(*advice, _ADVICE_RELAY))


def _without(state: State, reason: str, cost: int, quoted: int | None = None) -> GuardReport:
    return GuardReport(state, reason, quoted, None, None, cost, None, None, None, None, None, ())
