"""Uniswap's Universal Router: a list of commands. universal-router, `Commands.sol`, `Dispatcher.sol`."""

from __future__ import annotations

from collections.abc import Sequence

from scorpius_lab.security.chain.abi import AbiError, decode, types_of
from scorpius_lab.security.chain.guard.calls.deed import CallContext, Deed, Protocol, Verb, address, listed, whole
from scorpius_lab.security.chain.guard.calls.tokens import COIN
from scorpius_lab.security.chain.guard.calls.uniswap_v3 import path_ends

_MASK = 0x3F
_SENDER, _ROUTER = f"0x{1:040x}", f"0x{2:040x}"  # stand for the caller and the router itself
_NATIVE = f"0x{0:040x}"

_V3 = types_of("v3(address,uint256,uint256,bytes,bool)")
_V2 = types_of("v2(address,uint256,uint256,address[],bool)")
_PAY = types_of("pay(address,address,uint256)")
_AMOUNT = types_of("wrap(address,uint256)")
_PERMIT = types_of("permit(((address,uint160,uint48,uint48),address,uint256),bytes)")
_TRANSFER = types_of("transfer(address,address,uint160)")


def _execute(a: Sequence[object], c: CallContext) -> list[Deed]:
    commands = a[0] if isinstance(a[0], bytes) else b""
    inputs = listed(a[1])
    deadline = whole(a[2]) if len(a) > 2 else None
    deeds: list[Deed] = []
    for command, given in zip(commands, inputs, strict=False):
        data = given if isinstance(given, bytes) else b""
        try:
            deeds += _command(command & _MASK, data, c, deadline)
        except (AbiError, IndexError):
            deeds.append(Deed(Verb.MULTICALL))
    return deeds


def _command(code: int, data: bytes, c: CallContext, deadline: int | None) -> list[Deed]:  # noqa: PLR0911 (one a kind)
    if code in (0x00, 0x01):
        to, first, second, path, _ = decode(_V3, data)
        start, end = path_ends(path)
        exact_in = code == 0x00
        ends = (start, end) if exact_in else (end, start)
        return [_swap(ends, (first, second), _who(to, c), deadline, exact_in=exact_in)]
    if code in (0x08, 0x09):
        to, first, second, path, _ = decode(_V2, data)
        tokens = listed(path)
        pair = (address(tokens[0]), address(tokens[-1])) if tokens else (None, None)
        return [_swap(pair, (first, second), _who(to, c), deadline, exact_in=code == 0x08)]
    if code in (0x04, 0x05):
        token, to, amount = decode(_PAY, data)
        least = whole(amount) if code == 0x04 else None
        return [Deed(Verb.SWEEP, token=_token(token), least=least, receiver=_who(to, c))]
    if code in (0x0B, 0x0C):
        to, amount = decode(_AMOUNT, data)
        verb = Verb.WRAP if code == 0x0B else Verb.UNWRAP
        return [Deed(verb, least=whole(amount), receiver=_who(to, c))]
    if code == 0x0A:
        single, _ = decode(_PERMIT, data)
        details, spender, _deadline = listed(single)
        token, amount, expires, _nonce = listed(details)
        everything = whole(amount) == 2**160 - 1
        return [
            Deed(
                Verb.PERMIT,
                token=address(token),
                owner=c.sender,
                spender=address(spender),
                amount=2**256 - 1 if everything else whole(amount),
                deadline=whole(expires),
            )
        ]
    if code == 0x02:
        token, to, amount = decode(_TRANSFER, data)
        return [
            Deed(Verb.TRANSFER_FROM, token=address(token), owner=c.sender, receiver=_who(to, c), amount=whole(amount))
        ]
    return [Deed(Verb.MULTICALL)]


def _swap(
    ends: tuple[str | None, str | None],
    amounts: tuple[object, object],
    to: str,
    deadline: int | None,
    *,
    exact_in: bool,
) -> Deed:
    first, second = map(whole, amounts)
    return Deed(
        Verb.SWAP,
        token_in=ends[0],
        token_out=ends[1],
        amount=first if exact_in else None,
        least=second if exact_in else first,
        most=None if exact_in else second,
        receiver=to,
        deadline=deadline,
    )


def _who(to: object, c: CallContext) -> str:
    return {_SENDER: c.sender, _ROUTER: c.target}.get(address(to), address(to))


def _token(token: object) -> str:
    return COIN if address(token) == _NATIVE else address(token)


PROTOCOL = Protocol(
    "universal_router",
    {"execute(bytes,bytes[],uint256)": _execute, "execute(bytes,bytes[])": _execute},
)
