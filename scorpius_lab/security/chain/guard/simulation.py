"""What a transaction would do, run on the EVM with a state that is given: success, balances, approvals. No network.

The state is that of the accounts the run needs: an account that is not given is empty, so a call of one that should
have code is *not simulated*, with the reason, rather than found to succeed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.abi import AbiError, decode, types_of
from scorpius_lab.security.chain.guard.calls.tokens import COIN
from scorpius_lab.security.chain.guard.signed import SignedTransaction

_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
_APPROVAL = "0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
_ERROR, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")
_MOST_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Account:
    """An account's state: wei, nonce, code and storage."""

    balance: int = 0
    nonce: int | None = None  # None: not known
    code: bytes = b""
    storage: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came of a run. `changes` are (account, token, amount), `approvals` (token, owner, spender, amount)."""

    state: str  # succeeded, reverted, invalid (no block would take it), not_simulated
    reason: str = ""
    gas_used: int | None = None
    changes: tuple[tuple[str, str, int], ...] = ()
    approvals: tuple[tuple[str, str, str, int], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """As JSON; amounts as decimal text."""
        return {
            "state": self.state,
            "reason": self.reason,
            "gas_used": self.gas_used,
            "changes": [{"account": a, "token": t, "amount": str(n)} for a, t, n in self.changes],
            "approvals": [{"token": t, "owner": o, "spender": s, "amount": str(n)} for t, o, s, n in self.approvals],
        }


def read_state(path: Path) -> dict[str, Account]:
    """Accounts from a JSON file: `{"0x…": {"balance": …, "nonce": …, "code": "0x…", "storage": {"0x0": "0x1"}}}`.

    Raises UsageError for a file that cannot be read or is something else.
    """
    try:
        if path.stat().st_size <= _MOST_BYTES:
            return _accounts(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"the state {path} cannot be read: {error.strerror or error}") from error
    except (UsageError, ValueError, RecursionError) as error:
        raise UsageError(
            f"the state {path} is no JSON object of accounts with balance, nonce, code and storage: {error}"
        ) from error
    raise UsageError(f"the state {path} is larger than {_MOST_BYTES >> 20} MB")


def _accounts(given: object) -> dict[str, Account]:
    if not isinstance(given, dict):
        raise UsageError("it is no object")
    return {str(name).lower(): _account(name, value) for name, value in given.items()}


def _account(name: str, value: object) -> Account:
    if not isinstance(value, dict) or not isinstance(value.get("storage") or {}, dict):
        raise UsageError(f"what stands for {name} is no account")
    return Account(
        balance=_number(value.get("balance", 0)),
        nonce=None if value.get("nonce") is None else _number(value["nonce"]),
        code=bytes.fromhex(str(value.get("code") or "0x").removeprefix("0x")),
        storage={_number(slot): _number(word) for slot, word in (value.get("storage") or {}).items()},
    )


def _number(value: object) -> int:
    text = str(value)
    number = int(text, 16) if text.startswith("0x") else int(text)
    if not 0 <= number < 2**256:
        raise ValueError(f"{text[:30]} does not fit into 256 bits")
    return number


def simulate(sent: SignedTransaction, state: Mapping[str, Account] | None) -> Simulation:
    """Run a transaction on this state, gas not paid for. What is missing of it makes the outcome `not_simulated`."""
    missing = _missing(sent, state)
    if missing or state is None or sent.to is None:
        return Simulation("not_simulated", missing)
    invalid = _invalid(sent, state[sent.sender])
    if invalid:
        return Simulation("invalid", invalid)
    machine, before = _machine(state)
    try:
        output = machine.message_call(
            caller=sent.sender, to=sent.to, calldata=sent.data, value=sent.value, gas=min(sent.gas, 30_000_000)
        )
    except Exception as error:  # noqa: BLE001 (the machine raises what it likes when a run fails)
        output = error
    result = machine.result
    if result is None or isinstance(output, Exception) or not result.is_success:
        return Simulation("reverted", _reason(output), getattr(result, "gas_used", None))
    changes, approvals = _told(result.logs)
    for name, balance in before.items():
        changed = machine.get_balance(name) - balance
        if changed:
            changes[name, COIN] += changed
    return Simulation(
        "succeeded",
        gas_used=result.gas_used,
        changes=tuple((account, token, amount) for (account, token), amount in sorted(changes.items()) if amount),
        approvals=approvals,
    )


def _missing(sent: SignedTransaction, state: Mapping[str, Account] | None) -> str:
    if state is None:
        return "no state was given to run it on"
    if sent.to is None:
        return "it creates a contract, which is not run here"
    if sent.sender not in state:
        return f"the state has no account {sent.sender}, the sender"
    if sent.data and not state.get(sent.to, Account()).code:
        return f"the state has no code of {sent.to}, which is called"
    return ""


def _invalid(sent: SignedTransaction, sender: Account) -> str:
    """Why no block would take it: its number is used or not yet due, or the sender cannot pay."""
    if sender.nonce is not None and sent.nonce < sender.nonce:
        return f"its nonce {sent.nonce} is used already; the sender's next one is {sender.nonce}"
    if sender.nonce is not None and sent.nonce > sender.nonce:
        return f"its nonce {sent.nonce} is not due before {sender.nonce} to {sent.nonce - 1} are used"
    most = sent.value + sent.gas * sent.gas_price
    if most > sender.balance:
        return f"the sender has {sender.balance} wei, and value and gas may cost {most}"
    return ""


def _machine(state: Mapping[str, Account]) -> tuple[Any, dict[str, int]]:
    from pyrevm import EVM, AccountInfo

    machine = EVM()
    for name, account in state.items():
        # its type stubs lag behind what it takes
        info = AccountInfo(balance=account.balance, nonce=account.nonce or 0, code=account.code or None)  # type: ignore[call-arg]
        machine.insert_account_info(name, info)
        for slot, word in (account.storage or {}).items():
            machine.insert_account_storage(name, slot, word)
    return machine, {name: account.balance for name, account in state.items()}


def _told(logs: list[Any]) -> tuple[dict[tuple[str, str], int], tuple[tuple[str, str, str, int], ...]]:
    """Token moves and approvals that the contracts logged."""
    changes: dict[tuple[str, str], int] = defaultdict(int)
    approvals = []
    for log in logs:
        topics = [str(topic) for topic in log.topics]
        data = _log_data(log)
        if len(topics) != 3 or len(data) != 32:
            continue
        token, one, other = str(log.address).lower(), "0x" + topics[1][-40:], "0x" + topics[2][-40:]
        amount = int.from_bytes(data, "big")
        if topics[0] == _TRANSFER:
            changes[one, token] -= amount
            changes[other, token] += amount
        elif topics[0] == _APPROVAL:
            approvals.append((token, one, other, amount))
    return changes, tuple(approvals)


def _log_data(log: Any) -> bytes:
    data = log.data
    return bytes(data[1]) if isinstance(data, tuple) else bytes(data)


def _reason(output: object) -> str:
    """Why it failed, from the data it reverted with: Error(string), Panic(uint256), or the error's first bytes."""
    data = output if isinstance(output, bytes | bytearray) else _hex_in(str(output))
    data = bytes(data)
    try:
        if data[:4] == _ERROR:
            return str(decode(types_of("e(string)"), data[4:])[0])
        if data[:4] == _PANIC:
            code = decode(types_of("p(uint256)"), data[4:])[0]
            return f"panic {code:#x}" if isinstance(code, int) else "panic"
    except AbiError:
        pass
    if len(data) >= 4:
        return f"an error of its own, 0x{data[:4].hex()}"
    return str(output)[:200] if isinstance(output, Exception) else "it reverted without a reason"


def _hex_in(text: str) -> bytes:
    start = text.find("0x")
    digits = text[start + 2 :].split(maxsplit=1)[0].strip("\"'),;}") if start >= 0 else ""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""
