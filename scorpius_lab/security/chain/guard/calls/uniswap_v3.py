"""Routers of Uniswap v3: `SwapRouter` (with deadlines) and `SwapRouter02`, and their multicalls."""

from __future__ import annotations

from collections.abc import Sequence

from scorpius_lab.security.chain.guard.calls.deed import CallContext, Deed, Protocol, Read, Verb, address, listed, whole

_ADDRESS, _FEE = 20, 3
_HOP = _ADDRESS + _FEE


def path_ends(path: object) -> tuple[str | None, str | None]:
    """First and last token of a packed path: 20 bytes of address, 3 of fee, and so on."""
    packed = path if isinstance(path, bytes) else b""
    if len(packed) < _ADDRESS + _HOP or (len(packed) - _ADDRESS) % _HOP:
        return None, None
    return "0x" + packed[:_ADDRESS].hex(), "0x" + packed[-_ADDRESS:].hex()


def _single(*, exact_in: bool, with_deadline: bool) -> Read:
    def read(a: Sequence[object], _: CallContext) -> list[Deed]:
        token_in, token_out, _fee, to, *rest = listed(a[0])
        deadline = whole(rest.pop(0)) if with_deadline else None
        first, second = whole(rest[0]), whole(rest[1])
        ends = (address(token_in), address(token_out))
        return [_swap(ends, (first, second), to, deadline, exact_in=exact_in)]

    return read


def _multi(*, exact_in: bool, with_deadline: bool) -> Read:
    def read(a: Sequence[object], _: CallContext) -> list[Deed]:
        path, to, *rest = listed(a[0])
        deadline = whole(rest.pop(0)) if with_deadline else None
        start, end = path_ends(path)
        ends = (start, end) if exact_in else (end, start)  # of an exact output the path is written backwards
        return [_swap(ends, (whole(rest[0]), whole(rest[1])), to, deadline, exact_in=exact_in)]

    return read


def _swap(
    ends: tuple[str | None, str | None],
    amounts: tuple[int, int],
    to: object,
    deadline: int | None,
    *,
    exact_in: bool,
) -> Deed:
    """`amounts` are what goes in and the least out, or what comes out and the most in."""
    first, second = amounts
    return Deed(
        Verb.SWAP,
        token_in=ends[0],
        token_out=ends[1],
        amount=first if exact_in else None,
        least=second if exact_in else first,
        most=None if exact_in else second,
        receiver=address(to),
        deadline=deadline,
    )


def _v2_style(a: Sequence[object], _: CallContext) -> list[Deed]:
    """SwapRouter02 also trades on v2 pairs."""
    path = listed(a[2])
    ends = (address(path[0]), address(path[-1])) if path else (None, None)
    return [_swap(ends, (whole(a[0]), whole(a[1])), a[3], None, exact_in=True)]


PROTOCOL = Protocol(
    "uniswap_v3",
    {
        "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))": _single(
            exact_in=True, with_deadline=True
        ),
        "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))": _single(
            exact_in=True, with_deadline=False
        ),
        "exactOutputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))": _single(
            exact_in=False, with_deadline=True
        ),
        "exactOutputSingle((address,address,uint24,address,uint256,uint256,uint160))": _single(
            exact_in=False, with_deadline=False
        ),
        "exactInput((bytes,address,uint256,uint256,uint256))": _multi(exact_in=True, with_deadline=True),
        "exactInput((bytes,address,uint256,uint256))": _multi(exact_in=True, with_deadline=False),
        "exactOutput((bytes,address,uint256,uint256,uint256))": _multi(exact_in=False, with_deadline=True),
        "exactOutput((bytes,address,uint256,uint256))": _multi(exact_in=False, with_deadline=False),
        "swapExactTokensForTokens(uint256,uint256,address[],address)": _v2_style,
        "unwrapWETH9(uint256,address)": lambda a, _: [
            Deed(Verb.UNWRAP, amount=None, least=whole(a[0]), receiver=address(a[1]))
        ],
        "sweepToken(address,uint256,address)": lambda a, _: [
            Deed(Verb.SWEEP, token=address(a[0]), least=whole(a[1]), receiver=address(a[2]))
        ],
        "refundETH()": lambda _, c: [Deed(Verb.SWEEP, token="coin", receiver=c.sender)],  # noqa: S106 (no password)
    },
)

MULTICALLS = {
    "multicall(bytes[])": 0,
    "multicall(uint256,bytes[])": 1,
    "multicall(bytes32,bytes[])": 1,
}
"""Functions that hold other calls of the same contract, with the position of the list."""
