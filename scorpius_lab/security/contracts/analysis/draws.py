"""Numbers drawn from what the proposer of a block, or whoever calls in it, knows or sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.authority import Place, place_key
from scorpius_lab.security.contracts.analysis.facts import Fact, told
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import guarded
from scorpius_lab.security.contracts.analysis.origins import from_parameter, used_by
from scorpius_lab.security.contracts.analysis.slices import inputs, is_environment, keys, plain
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract

TIME = "block.timestamp"
_WORDS = frozenset({"blockhash", "block.prevrandao", "block.difficulty"})
_BLOCK = _WORDS | {"block.number", "block.coinbase", "block.gaslimit", "gasleft", "msg.gas"}
_PASSED_THROUGH = frozenset(
    {"binary", "unary", "convert", "hash", "encode", "index", "phi", "tuple", "extract", "member", "environment"}
)  # the environment: the hash of a block has its number for an argument
_SMALL_BITS = 64
_LARGEST_ODDS = 1 << 16  # a remainder by more only cuts a number to a type
_LEAST_MULTIPLIER = 1000  # of a number that generates the next one; a price grows by less
_MIXED = 4  # words mixed by XOR or sums in one expression
_HASHES_KEPT = 256  # blocks back from the present one


@dataclass(frozen=True, slots=True)
class Draw:
    """A number drawn: the operation that draws it, what of the block it comes from, what depends on it.

    `earlier` are the places where what it takes from storage was taken from a block.
    """

    number: Instruction
    sources: tuple[Instruction, ...]
    sinks: tuple[Instruction, ...]
    earlier: tuple[Instruction, ...] = ()

    @property
    def of_time(self) -> bool:
        """Whether it comes from the time of the block and nothing else."""
        return all(source.data == TIME for source in self.sources)


def draws(entry: Entry) -> list[Draw]:
    """The numbers an entry draws and uses, those of the time included, in order of their blocks."""
    found: list[Draw] | None = entry.__dict__.get("_draws")
    if found is None:
        found = entry.__dict__["_draws"] = list(_find(entry))
    return found


def _find(entry: Entry) -> Iterator[Draw]:
    body = entry.body
    noted = _noted(entry.contract)
    seeds = _generated(body) | {place for place, stores in noted.items() if any(map(_stores_word, stores))}
    if not any(_of_block(source) for source in body.of("environment")) and not _loaded(body, seeds):
        return
    for value in body.instructions:
        if not _picks(body, value, seeds):
            continue
        sources = _sources(value, seeds)
        sinks = _sinks(body, value, sources, seeds) if sources else []
        if sinks and not _settled(body, value, sources, sinks):
            loads = [one for one in inputs(value) if one.operation == "load"]
            earlier = {store.number: store for load in loads for store in noted.get(place_key(load), ())}
            yield Draw(value, tuple(sources), tuple(sinks), tuple(earlier.values()))


def _of_block(value: Instruction) -> bool:
    return value.operation == "environment" and (value.data in _BLOCK or value.data == TIME)


def _loaded(body: Body, places: set[Place]) -> bool:
    return bool(places) and any(place_key(load) in places for load in body.of("load"))


def _noted(contract: Contract) -> dict[Place, list[Instruction]]:
    """The places where a contract keeps what it took from a block, and where it puts it there."""
    found: dict[Place, list[Instruction]] | None = contract.__dict__.get("_noted")
    if found is None:
        found = contract.__dict__["_noted"] = {}
        for entry in contract.entries:
            for store in entry.body.of("store"):
                if store.data.variable is not None and _sources(store, set()):
                    found.setdefault(place_key(store), []).append(store)
    return found


def _stores_word(store: Instruction) -> bool:
    """Whether what is stored is a whole hash, of which nothing has been picked yet."""
    value = store.arguments[0]
    return (types.is_integer(value.type) or value.type == types.BYTES32) and _is_word(value, set())


def _generated(body: Body) -> set[Place]:
    """Places set to a hash or multiple of themselves: the next number follows from the one before."""
    return {
        place_key(store)
        for store in body.of("store")
        if store.data.variable is not None
        and any(_generates(i) and _reads(i, place_key(store)) for i in _worked_out_from(store.arguments[0]))
    }


def _generates(value: Instruction) -> bool:
    """A hash, or the step of a linear generator."""
    if value.operation != "binary" or value.data != "*":
        return value.operation == "hash"
    by_fixed = any(isinstance(a.data, int) and a.data >= _LEAST_MULTIPLIER for a in value.arguments if a.is_constant)
    return by_fixed and any(user.data in {"+", "%"} and user.operation == "binary" for user in value.users)


def _reads(value: Instruction, place: Place) -> bool:
    return any(i.operation == "load" and place_key(i) == place for i in _worked_out_from(value))


def _worked_out_from(value: Instruction) -> list[Instruction]:
    """The value and what it is worked out from without the help of another contract; keys of places left out."""
    seen: dict[int, Instruction] = {}
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if current.number not in seen:
            seen[current.number] = current
            waiting.extend(current.arguments if current.operation in _PASSED_THROUGH else ())
    return list(seen.values())


def _picks(body: Body, value: Instruction, seeds: set[Place]) -> bool:
    """Whether an operation picks one of few outcomes."""
    if value.operation == "convert":
        return 0 < types.integer_bits(value.type) <= _SMALL_BITS and _is_word(value.arguments[0], seeds)
    if value.operation == "index":
        return _is_word(value.arguments[0], seeds)
    if value.operation != "binary":
        return False
    left, right = value.arguments
    match value.data:
        case "%":
            return not _cuts(right, left, seeds) and not _aligned(value)
        case "&":
            return any(
                one.is_constant and not _cuts(one, other, seeds) for one, other in ((right, left), (left, right))
            )
        case "/" | ">>":
            return _is_word(left, seeds)
        case "<" | ">" | "<=" | ">=":
            return _is_word(left, seeds) or _is_word(right, seeds)
        case "==" | "!=":
            return any(
                _compares_with_guess(body, value, one, other, seeds) for one, other in ((left, right), (right, left))
            )
        case _:
            return False


def _cuts(bound: Instruction, value: Instruction, seeds: set[Place]) -> bool:
    """Whether a bound is so large that it only fits a number, no hash, to a type."""
    return isinstance(bound.data, int) and bool(bound.data >= _LARGEST_ODDS) and not _is_word(value, seeds)


def _aligned(remainder: Instruction) -> bool:
    """`x - x % n`, `x + x % n`: meant to be rounded to a multiple."""
    whole = remainder.arguments[0].key
    return bool(remainder.users) and all(
        user.operation == "binary" and user.data in {"-", "+"} and user.arguments[0].key == whole
        for user in remainder.users
    )


def _is_word(value: Instruction, seeds: set[Place], depth: int = 0) -> bool:
    """Whether a value is a hash or the like, whole, taken as a number or not; or one kept in a seed."""
    while value.operation == "convert":
        if 0 < types.integer_bits(value.type) <= _SMALL_BITS:
            return False
        value = value.arguments[0]
    if value.operation == "environment":
        return value.data in _WORDS
    if value.operation == "load":
        return place_key(value) in seeds
    if value.operation == "binary" and value.data in {"^", "+"}:
        return depth < _MIXED and any(_is_word(argument, seeds, depth + 1) for argument in value.arguments)
    return value.operation == "hash" and bool(value.data != "ecrecover")


def _compares_with_guess(
    body: Body, comparison: Instruction, value: Instruction, other: Instruction, seeds: set[Place]
) -> bool:
    """What comes from a block compared with what somebody stored before, or names now and may be wrong about."""
    value, other = plain(value), plain(other)
    if value.operation == "hash" or not _is_word(value, seeds):
        return False
    if other.operation == "load":
        return value.operation == "environment" and value.data == "blockhash"
    if value.operation == "load" and not types.is_integer(value.type):
        return False  # a name or a proof made of a hash, which the caller is meant to know
    return other.operation == "parameter" and _goes_on(body, comparison)


def _goes_on(body: Body, comparison: Instruction) -> bool:
    """Whether an answer either way lets the call end well: a proof of a block's hash must be right."""
    ends = flow(body).committed
    return all(
        bool(ends >> way.number & 1)
        for block in body.blocks
        if block.condition is comparison
        for way in block.successors
    )


def _sources(value: Instruction, seeds: set[Place]) -> list[Instruction]:
    """What a value, or what a store stores, takes from the block, and loads of seeds."""
    parts = value.arguments[:1] if value.operation == "store" else value.arguments
    used = {one.number: one for part in parts for one in _worked_out_from(part)}
    found = [o for o in used.values() if _of_block(o) or (o.operation == "load" and place_key(o) in seeds)]
    return sorted(found, key=lambda one: one.number)


def _sinks(body: Body, number: Instruction, sources: list[Instruction], seeds: set[Place]) -> list[Instruction]:
    """What is decided, stored, sent or answered by a number; a place in a ring of the latest blocks is nothing."""
    after = [number, *used_by(number)]
    numbers = {one.number for one in after}
    chance = any(_is_word(source, seeds) for source in sources) or any(i.operation == "hash" for i in inputs(number))
    found = [
        one
        for one in after
        if (one.operation in {"store", "push"} and (chance or not _only_key(one, numbers))) or one.call is not None
    ]
    found += [b.condition for b in body.blocks if b.condition is not None and b.condition.number in numbers]
    found += [value for block in body.returns for value in block.returned if value.number in numbers]
    return found


def _only_key(store: Instruction, numbers: set[int]) -> bool:
    """Whether numbers only say where something is stored."""
    return store.arguments[0].number not in numbers and any(key.number in numbers for key in keys(store))


def _settled(body: Body, number: Instruction, sources: list[Instruction], sinks: list[Instruction]) -> bool:
    """Whether all was fixed before the block whose hash decides, and there is no other way once that is forgotten.

    The number of the block was stored earlier, nothing the caller says now has a part in it, and blocks too long ago
    are refused: whoever lost cannot wait for a better number. The proposer of that one block can still skip it.
    """
    if not all(_stored_number(source) for source in sources) or any(from_parameter(body, one) for one in sinks):
        return False
    places = {place_key(load) for source in sources for load in inputs(source) if load.operation == "load"}

    def recent(condition: Instruction, holds: bool) -> bool:
        return any(_bounds(fact, places) for fact in told(condition, holds)) and not _goes_on(body, condition)

    return guarded(body, number.block, recent)


def _stored_number(source: Instruction) -> bool:
    return source.data == "blockhash" and any(i.operation == "load" for i in inputs(source))


def _bounds(fact: Fact, places: set[Place]) -> bool:
    """Whether a comparison says that a block is among the last 256."""
    used = [*inputs(fact.lesser), *inputs(fact.greater)]
    return (
        any(is_environment(i, "block.number") for i in inputs(fact.lesser))
        and any(i.operation == "load" and place_key(i) in places for i in used)
        and any(i.is_constant and i.data in {_HASHES_KEPT, _HASHES_KEPT - 1} for i in used)
    )
