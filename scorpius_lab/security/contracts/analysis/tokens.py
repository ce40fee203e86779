"""Calls of a token's functions, whether by name or with call data put together by hand."""

from __future__ import annotations

from dataclasses import dataclass

from scorpius_lab.security.contracts.analysis.slices import inputs, plain
from scorpius_lab.security.contracts.ir import types
from scorpius_lab.security.contracts.ir.instructions import Instruction

# Functions of ERC-20 with the number of their arguments, by name and by selector; ERC-721 shares `transferFrom`.
_ARGUMENTS = {"transfer": 2, "transferFrom": 3, "approve": 2}
_SELECTORS = {0xA9059CBB: "transfer", 0x23B872DD: "transferFrom", 0x095EA7B3: "approve"}
_WRAPPED = {
    "safeTransfer": "transfer",
    "safeTransferFrom": "transferFrom",
    "safeApprove": "approve",
    "forceApprove": "approve",
    "safeIncreaseAllowance": "approve",
    "increaseAllowance": "approve",
}
_WORD = 32
_HEAD = 4  # bytes of a selector before the first argument


@dataclass(frozen=True, slots=True)
class TokenCall:
    """What is asked of a token: `transfer`, `transferFrom` or `approve`, with the arguments of the standard."""

    name: str
    token: Instruction
    arguments: tuple[Instruction, ...]


def token_call(call: Instruction) -> TokenCall | None:
    """What a call asks of a token; None for any other call."""
    what = call.call
    if what is None or what.target is None:
        return None
    if what.kind == "external":
        return _asked(what.name, what.target, what.arguments)
    if what.kind != "call":
        return None
    encoded = next((plain(a) for a in what.arguments if plain(a).operation == "encode"), None)
    if encoded is not None and encoded.arguments:
        name = _function_named(encoded.arguments[0])
        return _asked(name, what.target, _flat(encoded.arguments[1:]))
    return _from_memory(call, what.target)


def _asked(name: str, token: Instruction, arguments: tuple[Instruction, ...]) -> TokenCall | None:
    name = _WRAPPED.get(name, name)
    if _ARGUMENTS.get(name) != len(arguments):
        return None
    return TokenCall(name, token, arguments)


def _flat(arguments: list[Instruction]) -> tuple[Instruction, ...]:
    """The arguments of `abi.encodeCall` stand in a tuple."""
    if len(arguments) == 1 and arguments[0].operation == "tuple":
        return tuple(arguments[0].arguments)
    return tuple(arguments)


def _function_named(selector: Instruction) -> str:
    """The name of the function a selector belongs to: taken from an interface, hashed from a signature, a number."""
    for value in inputs(selector):
        if value.operation == "member" and value.data in _ARGUMENTS:
            return str(value.data)
        if not value.is_constant:
            continue
        if isinstance(value.data, int):
            name = _SELECTORS.get(value.data) or _SELECTORS.get(value.data >> 224)
            if name is not None:
                return name
        signature = value.data[-1] if isinstance(value.data, tuple) and value.data else value.data
        if isinstance(value.type, types.FunctionType):
            signature = str(value.data)
        if isinstance(signature, str) and "(" in signature:
            return signature.partition("(")[0]
    return ""


def _from_memory(call: Instruction, token: Instruction) -> TokenCall | None:
    """Call data that assembly wrote word by word just before the call: a selector, then the arguments."""
    written = [
        i for i in call.block.instructions if i.operation == "yul" and i.data == "mstore" and len(i.arguments) == 2
    ]
    before = [i for i in written if i.number < call.number]
    start = next((n for n in range(len(before) - 1, -1, -1) if _function_named(before[n].arguments[1])), None)
    if start is None:
        return None
    name = _function_named(before[start].arguments[1])
    first = _offset(before[start].arguments[0])
    words = {(_offset(i.arguments[0]) - first - _HEAD) // _WORD: i.arguments[1] for i in before[start + 1 :]}
    count = _ARGUMENTS.get(name, 0)
    if not count or any(position not in words for position in range(count)):
        return None
    return TokenCall(name, token, tuple(_unmasked(words[position]) for position in range(count)))


def _offset(pointer: Instruction) -> int:
    """How far a pointer is from its base: the constants added to it."""
    offset = 0
    while pointer.operation == "binary" and pointer.data == "+":
        moved = [argument for argument in pointer.arguments if not argument.is_constant]
        offset += sum(a.data for a in pointer.arguments if a.is_constant and isinstance(a.data, int))
        if len(moved) != 1:
            return offset
        pointer = moved[0]
    return offset + (pointer.data if pointer.is_constant and isinstance(pointer.data, int) else 0)


def _unmasked(word: Instruction) -> Instruction:
    """An address without the mask that cuts it to its size."""
    if word.operation == "binary" and word.data == "&":
        return next((a for a in word.arguments if not _is_mask(a)), word)
    return word


def _is_mask(value: Instruction) -> bool:
    return all(i.operation in {"constant", "unary", "binary"} for i in inputs(value))
