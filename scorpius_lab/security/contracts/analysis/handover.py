"""Calls in which an account that nobody vouches for gets to run code, and what is not settled by then."""

from __future__ import annotations

from scorpius_lab.security.contracts.analysis.dependence import sources
from scorpius_lab.security.contracts.analysis.flow import flow
from scorpius_lab.security.contracts.analysis.guards import Test, authorises, guarded
from scorpius_lab.security.contracts.analysis.origins import origins
from scorpius_lab.security.contracts.analysis.slices import plain
from scorpius_lab.security.contracts.analysis.summaries import WRITES, moves_value, writers
from scorpius_lab.security.contracts.ir.entries import Entry
from scorpius_lab.security.contracts.ir.instructions import Body, Instruction
from scorpius_lab.security.contracts.ir.program import Contract, StateVariable

_STIPEND = 2300  # gas that does not suffice to call back
_STATICCALL_FOR_VIEWS = (0, 5, 0)
# Functions of token standards that call the receiver back, by name and number of arguments, with the position of the
# receiver: ERC-721 and ERC-1155 safe transfers, ERC-777 send. `operatorSend` also calls the holder, its first argument.
_HOOKED = {
    ("safeTransferFrom", 3): (1,),
    ("safeTransferFrom", 4): (1,),
    ("safeTransferFrom", 5): (1,),
    ("safeBatchTransferFrom", 5): (1,),
    ("safeMint", 2): (0,),
    ("send", 3): (0,),
    ("operatorSend", 5): (0, 1),
}


def handovers(entry: Entry) -> list[Instruction]:
    """Calls of an entry in which a stranger's code may run with enough gas to call back."""
    found: list[Instruction] | None = entry.__dict__.get("_handovers")
    if found is None:
        found = [call for call in entry.body.calls if _hands_over(entry, call)]
        found = [call for call in found if not only_for_trusted(entry, call)]
        entry.__dict__["_handovers"] = found
    return found


def payments(entry: Entry) -> list[Instruction]:
    """Calls that pay an account kept in a variable, with enough gas to call back: whoever it is has an interest."""
    return [
        call
        for call in entry.body.calls
        if call.data.kind == "call"
        and moves_value(call)
        and not _little_gas(call.data.gas)
        and plain(call.data.target).operation == "load"
        and not only_for_trusted(entry, call)
        and not _hands_over(entry, call)
    ]


def paid_by(entry: Entry, call: Instruction, read: Instruction) -> bool:
    """Whether the amount a call pays is worked out from what was read."""
    return call.data.value is not None and read.number in sources(entry.body, [call.data.value])


def _hands_over(entry: Entry, call: Instruction) -> bool:
    asked = call.data
    if asked.kind not in {"call", "external"} or asked.target is None or _little_gas(asked.gas):
        return False
    function = asked.function
    if function is not None and function.reads_only and function.unit.version >= _STATICCALL_FOR_VIEWS:
        return False
    return strange(entry, asked.target) or _calls_back(entry, call)


def _little_gas(gas: Instruction | None) -> bool:
    return gas is not None and gas.is_constant and isinstance(gas.data, int) and gas.data <= _STIPEND


def _calls_back(entry: Entry, call: Instruction) -> bool:
    """Whether a token calls a stranger back, as its standard says."""
    asked = call.data
    if asked.kind != "external":
        return False
    receivers = _HOOKED.get((asked.name, len(asked.arguments)), ())
    return any(strange(entry, asked.arguments[position]) for position in receivers)


def strange(entry: Entry, account: Instruction) -> bool:
    """Whether a stranger chooses an account: it is the caller, given by the caller, or kept where anyone can write.

    An account kept in a record is a third party's, even if only those with a role can make records.
    """
    record = _record_of(account)
    if record is not None and any(_brings_account(other, write) for other, write in writers(entry.contract, record)):
        return True
    for origin in origins(entry.body, account):
        if origin in {"msg.sender", "tx.origin"}:
            return True
        if isinstance(origin, Instruction) and origin.operation == "parameter":
            return True
        if isinstance(origin, StateVariable) and not origin.fixed and _open_to_strangers(entry.contract, origin):
            return True
    return False


def _record_of(account: Instruction) -> StateVariable | None:
    """The mapping or array an account is read from."""
    while account.operation in {"convert", "member", "index", "extract"}:
        account = account.arguments[0]
    place = account.storage
    if place is None or not any(isinstance(step, Instruction) for step in place.path):
        return None
    return place.variable


def _open_to_strangers(contract: Contract, variable: StateVariable) -> bool:
    """Whether anyone can put an account of their choice into a state variable."""
    cache: dict[int, bool] = contract.__dict__.setdefault("_open_to_strangers", {})
    if id(variable) not in cache:
        cache[id(variable)] = False  # a variable that guards its own writers is not open
        cache[id(variable)] = any(
            entry.public and _brings_account(entry, write) and not only_for_trusted(entry, write)
            for entry, write in writers(contract, variable)
        )
    return cache[id(variable)]


def _brings_account(entry: Entry, write: Instruction) -> bool:
    if write.operation not in {"store", "push"}:
        return False
    for argument in write.arguments[:1]:
        for origin in origins(entry.body, argument):
            if origin in {"msg.sender", "tx.origin"}:
                return True
            if isinstance(origin, Instruction) and origin.operation == "parameter":
                return True
    return False


# Who is trusted -------------------------------------------------------------------------------------------------------


def only_for_trusted(entry: Entry, at: Instruction) -> bool:
    """Whether only a fixed role gets to an instruction, one that strangers cannot give themselves.

    A record's own owner (`deals[id].seller == msg.sender`) is no role: anyone may come to own a record.
    """
    cache: dict[int, bool] = entry.__dict__.setdefault("_only_for_trusted", {})
    number = at.block.number
    if number not in cache:
        cache[number] = guarded(entry.body, at.block, _by_role(entry))
    return cache[number]


def _by_role(entry: Entry) -> Test:
    known = authorises(entry.body)

    def test(condition: Instruction, holds: bool) -> bool:
        if not known(condition, holds):
            return False
        loads = [part for part in (condition, *condition.arguments) if part.operation == "load"]
        return not any(_of_a_record(entry, load) for load in loads)

    return test


def _of_a_record(entry: Entry, load: Instruction) -> bool:
    """Whether a load reads what anyone can have set for themselves."""
    keys = [step for step in load.data.path if isinstance(step, Instruction)]
    variable = load.data.variable
    if variable is None:
        return bool(keys)
    if not keys:
        return _open_to_strangers(entry.contract, variable)
    if any("msg.sender" in origins(entry.body, key) for key in keys):
        return any(
            other.public and not guarded(other.body, write.block, authorises(other.body))
            for other, write in writers(entry.contract, variable)
        )
    return True


# What is not settled --------------------------------------------------------------------------------------------------


def late_writes(entry: Entry, call: Instruction) -> list[tuple[Instruction, Instruction]]:
    """Writes after a call to places that were read for it before: each with the read.

    A place written on every way between the read and the call is settled: what is written after is another step.
    """
    body, order = entry.body, flow(entry.body)
    writes = [w for w in body.of(*WRITES) if w.data.variable is not None]
    late = [w for w in writes if _in_the_same_round(call, w) and order.can_follow(call, w) and order.can_commit(w)]
    if not late:
        return []
    found = []
    decisive = behind(body, call)
    for write in late:
        if _tested_again(body, call, write):
            continue
        wanted = decisive | sources(body, write.arguments)
        for read in body.of("load"):
            if (
                _same_place(read, write)
                and read.number in wanted
                and order.can_follow(read, call)
                and not _settled(entry, read, call, writes)
            ):
                found.append((write, read))
                break
    return found


def _in_the_same_round(call: Instruction, write: Instruction) -> bool:
    """Whether a write comes after a call without a turn of their loop: the next turn is about another record."""
    if not any(header in write.block.loops for header in call.block.loops):
        return True
    if call.block is write.block:
        return call.number < write.number
    return call.block.number < write.block.number


def _tested_again(body: Body, call: Instruction, write: Instruction) -> bool:
    """Whether the place is read once more after the call, and the write depends on what it then holds.

    Who came back meanwhile has changed it, and the test fails.
    """
    order = flow(body)
    wanted = sources(body, [condition for condition, _ in order.controllers[write.block.number]])
    return any(
        read.number in wanted
        and read.data.key == write.data.key
        and order.can_follow(call, read)
        and not order.can_follow(read, call)
        for read in body.of("load")
    )


def _settled(entry: Entry, read: Instruction, call: Instruction, writes: list[Instruction]) -> bool:
    order = flow(entry.body)
    return any(
        _same_place(read, write) and order.can_follow(read, write) and order.always_before(write, call)
        for write in writes
    )


def _same_place(read: Instruction, write: Instruction) -> bool:
    """Whether a write may change what is read, by variable and members; one may be a part of the other."""
    if read.data.root is not write.data.root:
        return False
    members = [[step for step in item.data.path if isinstance(step, str)] for item in (read, write)]
    return all(first == second for first, second in zip(*members, strict=False))


def behind(body: Body, call: Instruction) -> dict[int, Instruction]:
    """All that decides whether, whom and with what is called."""
    conditions = [condition for condition, _ in flow(body).controllers[call.block.number]]
    return sources(body, [*call.arguments, *conditions])
