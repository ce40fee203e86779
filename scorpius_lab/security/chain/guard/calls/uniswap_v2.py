"""Routers of Uniswap v2 and its forks. v2-periphery, `UniswapV2Router02`."""

from __future__ import annotations

from collections.abc import Sequence

from scorpius_lab.security.chain.guard.calls.deed import CallContext, Deed, Protocol, Read, Verb, address, listed, whole
from scorpius_lab.security.chain.guard.calls.tokens import COIN


def _exact_in(*, coin_in: bool, coin_out: bool) -> Read:
    def read(a: Sequence[object], c: CallContext) -> list[Deed]:
        amount, least, path, to, deadline = (c.value, *a) if coin_in else a
        tokens = listed(path)
        return [_swap(tokens, coin_in, coin_out, amount=whole(amount), least=whole(least), to=to, deadline=deadline)]

    return read


def _exact_out(*, coin_in: bool, coin_out: bool) -> Read:
    def read(a: Sequence[object], c: CallContext) -> list[Deed]:
        wanted, most, path, to, deadline = (a[0], c.value, *a[1:]) if coin_in else a
        tokens = listed(path)
        return [_swap(tokens, coin_in, coin_out, least=whole(wanted), most=whole(most), to=to, deadline=deadline)]

    return read


def _swap(
    path: list[object],
    coin_in: bool,
    coin_out: bool,
    *,
    to: object,
    deadline: object,
    amount: int | None = None,
    least: int | None = None,
    most: int | None = None,
) -> Deed:
    return Deed(
        Verb.SWAP,
        token_in=COIN if coin_in else address(path[0]) if path else None,
        token_out=COIN if coin_out else address(path[-1]) if path else None,
        amount=amount,
        least=least,
        most=most,
        receiver=address(to),
        deadline=whole(deadline),
    )


_TOKENS, _COIN_IN, _COIN_OUT = (
    {"coin_in": False, "coin_out": False},
    {"coin_in": True, "coin_out": False},
    {"coin_in": False, "coin_out": True},
)
_FEES = "SupportingFeeOnTransferTokens"

PROTOCOL = Protocol(
    "uniswap_v2",
    {
        "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)": _exact_in(**_TOKENS),
        f"swapExactTokensForTokens{_FEES}(uint256,uint256,address[],address,uint256)": _exact_in(**_TOKENS),
        "swapExactETHForTokens(uint256,address[],address,uint256)": _exact_in(**_COIN_IN),
        f"swapExactETHForTokens{_FEES}(uint256,address[],address,uint256)": _exact_in(**_COIN_IN),
        "swapExactTokensForETH(uint256,uint256,address[],address,uint256)": _exact_in(**_COIN_OUT),
        f"swapExactTokensForETH{_FEES}(uint256,uint256,address[],address,uint256)": _exact_in(**_COIN_OUT),
        "swapTokensForExactTokens(uint256,uint256,address[],address,uint256)": _exact_out(**_TOKENS),
        "swapTokensForExactETH(uint256,uint256,address[],address,uint256)": _exact_out(**_COIN_OUT),
        "swapETHForExactTokens(uint256,address[],address,uint256)": _exact_out(**_COIN_IN),
        "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)": lambda a, _: [
            Deed(
                Verb.ADD_LIQUIDITY,
                token_in=address(a[0]),
                token_out=address(a[1]),
                amount=whole(a[2]),
                receiver=address(a[6]),
                deadline=whole(a[7]),
            )
        ],
        "addLiquidityETH(address,uint256,uint256,uint256,address,uint256)": lambda a, _: [
            Deed(
                Verb.ADD_LIQUIDITY,
                token_in=address(a[0]),
                token_out=COIN,
                amount=whole(a[1]),
                receiver=address(a[4]),
                deadline=whole(a[5]),
            )
        ],
        "removeLiquidity(address,address,uint256,uint256,uint256,address,uint256)": lambda a, _: [
            Deed(
                Verb.REMOVE_LIQUIDITY,
                token_in=address(a[0]),
                token_out=address(a[1]),
                amount=whole(a[2]),
                receiver=address(a[5]),
                deadline=whole(a[6]),
            )
        ],
        "removeLiquidityETH(address,uint256,uint256,uint256,address,uint256)": lambda a, _: [
            Deed(
                Verb.REMOVE_LIQUIDITY,
                token_in=address(a[0]),
                token_out=COIN,
                amount=whole(a[1]),
                receiver=address(a[4]),
                deadline=whole(a[5]),
            )
        ],
    },
)
