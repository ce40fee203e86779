"""What events leave open, found in the transfers beside them: a pool's tokens, what a liquidator paid and got.

A pool's event says how much moved and not of which token; the token is that of the transfer of exactly this amount to
or from the pool, the last one before the event (a pool checks its balances, then logs). What one swap shows of a pool
holds for its other swaps. No lookup on a chain is needed, and a contract that only *says* it swapped has no transfers,
hence no tokens, hence no part in anything that is detected.
"""

from __future__ import annotations

import polars as pl

from scorpius_lab.security.chain.frames import NATIVE, ZERO_ADDRESS

_SORTED_SIDES = ("uniswap_v2", "uniswap_v3", "uniswap_v4")
"""Protocols in which side 0 is the token with the lower address."""

_CUT_DECIMALS = (0, 10, 12)
"""Decimals that tokens have fewer than 18."""


def settle(events: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The event frames with what transfers tell filled in, and without the helper column `first_inside`."""
    transfers = _settled_wraps(events["transfers"])
    settled = {**events, "transfers": transfers}
    settled["swaps"] = settled_swaps(events["swaps"], transfers)
    settled["liquidations"] = settled_liquidations(events["liquidations"], transfers)
    return {name: frame.drop("first_inside", strict=False) for name, frame in settled.items()}


# -- wrapped coins


def _settled_wraps(transfers: pl.DataFrame) -> pl.DataFrame:
    """Deposits and withdrawals as the making and ending of a wrapped token, and the coin that moves the other way.

    Many contracts that are no token log `Deposit(address,uint256)`. Only one that moves as an ERC-20 counts, and one
    that logs a transfer from or to nobody for the same deed is not counted twice.
    """
    wraps = transfers.filter(pl.col("standard") == "wrap")
    if wraps.is_empty():
        return transfers
    moves = transfers.filter(pl.col("standard") == "erc20")
    same = ["at", "token", "sender", "receiver", "amount"]
    real = wraps.join(moves.select("token").unique(), on="token", how="semi").join(moves, on=same, how="anti")
    made = real.with_columns(standard=pl.lit("erc20"))
    coins = real.filter(pl.col("first_inside").is_null()).with_columns(
        standard=pl.lit("native"),
        token=pl.lit(NATIVE),
        sender=pl.when(pl.col("sender") == ZERO_ADDRESS).then(pl.col("receiver")).otherwise(pl.col("token")),
        receiver=pl.when(pl.col("sender") == ZERO_ADDRESS).then(pl.col("token")).otherwise(pl.col("sender")),
    )
    rest = transfers.filter(pl.col("standard") != "wrap")
    return pl.concat([rest, made, coins]).sort("at", "position", maintain_order=True)


# -- swaps


def settled_swaps(swaps: pl.DataFrame, transfers: pl.DataFrame) -> pl.DataFrame:
    """Swaps with the tokens that moved. Null where the transfers do not tell."""
    if swaps.is_empty():
        return swaps
    numbered = swaps.with_row_index("row")
    moves = transfers.filter(pl.col("standard").is_in(["erc20", "native"]), pl.col("amount") != "0")
    paid = moves.select("at", "position", "amount", holder="receiver", moved="token")
    got = moves.select("at", "position", "amount", holder="sender", moved="token")
    with_in = _settled_later(_exact(numbered, paid, "in"), paid, "in")
    with_out = _settled_later(_exact(with_in, got, "out"), got, "out")
    known = _known_sides(with_out)
    filled = _filled_by_pool(with_out, known)
    loose = _loose(_loose(filled, paid, "in"), got, "out")
    return _consistent(loose).sort("row").drop("row")


def _exact(swaps: pl.DataFrame, moves: pl.DataFrame, end: str) -> pl.DataFrame:
    """Fill `token_{end}` from the last transfer of exactly the amount before the event."""
    token, amount = f"token_{end}", f"amount_{end}"
    key = ["at", "holder", "amount"]
    asked = swaps.with_columns(amount=pl.col(amount)).sort("position")
    found = asked.join_asof(moves.sort("position"), on="position", by=key, strategy="backward", check_sortedness=False)
    return found.with_columns(pl.coalesce(token, "moved").alias(token)).drop("amount", "moved")


def _settled_later(swaps: pl.DataFrame, moves: pl.DataFrame, end: str) -> pl.DataFrame:
    """Where one contract holds all pools it is paid and pays out at the end, after the swaps it logged."""
    token, amount = f"token_{end}", f"amount_{end}"
    late = swaps.filter(pl.col(token).is_null(), pl.col("protocol") == "uniswap_v4")
    if late.is_empty():
        return swaps
    found = (
        late.select("at", "holder", "row", "position", amount=amount)
        .sort("position")
        .join_asof(
            moves.sort("position"),
            on="position",
            by=["at", "holder", "amount"],
            strategy="forward",
            check_sortedness=False,
        )
        .select("row", "moved")
    )
    joined = swaps.join(found, on="row", how="left")
    return joined.with_columns(pl.coalesce(token, "moved").alias(token)).drop("moved")


def _known_sides(swaps: pl.DataFrame) -> pl.DataFrame:
    """Which token each side of each pool is, where all swaps that show it agree."""
    sides = pl.concat(
        swaps.select("pool", side=f"side_{end}", token=f"token_{end}").drop_nulls() for end in ("in", "out")
    ).filter(pl.col("token") != NATIVE)
    agreed = sides.group_by("pool", "side").agg(pl.col("token").n_unique().alias("many"), pl.col("token").first())
    return agreed.filter(pl.col("many") == 1).select("pool", "side", "token")


def _filled_by_pool(swaps: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    filled = swaps
    for end in ("in", "out"):
        side = known.select("pool", pl.col("side").alias(f"side_{end}"), pl.col("token").alias("by_pool"))
        joined = filled.join(side, on=["pool", f"side_{end}"], how="left")
        filled = joined.with_columns(pl.coalesce(f"token_{end}", "by_pool").alias(f"token_{end}")).drop("by_pool")
    return filled


def _loose(swaps: pl.DataFrame, moves: pl.DataFrame, end: str) -> pl.DataFrame:
    """What moved where no transfer has the amount: a token takes a fee, or only the call is known.

    It is the last transfer of another token to (or from) the pool before the event; its amount counts where none is
    known.
    """
    token, amount, other = f"token_{end}", f"amount_{end}", "token_out" if end == "in" else "token_in"
    open_rows = swaps.filter(pl.col(token).is_null() | pl.col(amount).is_null(), pl.col(other).is_not_null())
    if open_rows.is_empty():
        return swaps
    asked = open_rows.select("at", "holder", "row", before="position", known=token, other=other)
    beside = asked.join(moves, on=["at", "holder"], how="inner").filter(
        pl.col("position") <= pl.col("before"),
        pl.col("moved") != pl.col("other"),
        pl.col("known").is_null() | (pl.col("moved") == pl.col("known")),
    )
    last = beside.sort("position").group_by("row").agg(pl.col("moved").last(), pl.col("amount").last())
    joined = swaps.join(last, on="row", how="left")
    return joined.with_columns(
        pl.coalesce(token, "moved").alias(token), pl.coalesce(amount, "amount").alias(amount)
    ).drop("moved", "amount")


def _consistent(swaps: pl.DataFrame) -> pl.DataFrame:
    """No tokens where they contradict the protocol: both the same, or in the wrong order of addresses."""
    low = pl.when(pl.col("side_in") == 0).then(pl.col("token_in")).otherwise(pl.col("token_out"))
    high = pl.when(pl.col("side_in") == 0).then(pl.col("token_out")).otherwise(pl.col("token_in"))
    ordered = (low < high) | ~pl.col("protocol").is_in(_SORTED_SIDES) | low.is_in([NATIVE]) | high.is_in([NATIVE])
    sound = (pl.col("token_in") != pl.col("token_out")) & ordered
    doubtful = ~sound.fill_null(value=True)
    return swaps.with_columns(
        pl.when(doubtful).then(None).otherwise(pl.col(name)).alias(name) for name in ("token_in", "token_out")
    )


# -- liquidations


def settled_liquidations(liquidations: pl.DataFrame, transfers: pl.DataFrame) -> pl.DataFrame:
    """Liquidations with the tokens and amounts paid and got, from the transfers between the parties.

    Of a call they are the transfers inside it. Of an event they are those of exactly the amounts it names, before it or
    (where the protocol takes its pay last) after it.
    """
    if liquidations.is_empty():
        return liquidations
    numbered = liquidations.with_row_index("row")
    parties = ["liquidator", "market", "debt_token", "debt_amount", "collateral_token", "collateral_amount"]
    moves = transfers.filter(pl.col("standard").is_in(["erc20", "native"]), pl.col("amount") != "0")
    beside = numbered.select("at", "row", *parties, end="position", start="first_inside").join(
        moves.drop("first_inside"), on="at", how="inner"
    )
    called = pl.col("start").is_not_null()
    inside = pl.col("position").is_between(pl.col("start"), pl.col("end"))
    paid = beside.filter(
        pl.col("sender") == pl.col("liquidator"),
        pl.col("debt_token").is_null() | (pl.col("debt_token") == pl.col("token")),
        pl.col("debt_token").is_not_null() | (pl.col("receiver") == pl.col("market")),
        pl.col("debt_amount").is_null() | (pl.col("debt_amount") == pl.col("amount")),
        (called & inside) | (~called & pl.col("debt_amount").is_not_null()),
    )
    got = beside.filter(
        pl.col("receiver") == pl.col("liquidator"),
        pl.col("collateral_token").is_null() | (pl.col("collateral_token") == pl.col("token")),
        (called & inside)
        | (~called & (pl.col("sender") == pl.col("market")) & (pl.col("collateral_amount") == pl.col("amount"))),
    )
    joined = numbered.join(_last(paid, "paid"), on="row", how="left").join(_last(got, "got"), on="row", how="left")
    # Compound's market for the coin takes it along with the call, which no log shows
    coin = pl.when(pl.col("first_inside").is_null() & (pl.col("protocol") == "compound")).then(pl.lit(NATIVE))
    settled = joined.with_columns(
        pl.coalesce("debt_token", "paid_token", coin).alias("debt_token"),
        pl.coalesce("debt_amount", "paid_amount").alias("debt_amount"),
        pl.coalesce("collateral_token", "got_token").alias("collateral_token"),
        pl.coalesce("collateral_amount", "got_amount").alias("collateral_amount"),
    ).drop("paid_token", "paid_amount", "got_token", "got_amount")
    return _settled_auctions(settled, moves).drop("row")


def _settled_auctions(liquidations: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """Maker's auctions with the tokens: DAI that ends in the same transaction, and the collateral that comes out.

    The debt is rounded down from finer units, so that one more may have been paid. The collateral is told in 18
    decimals; tokens have 18, 8 or 6. Amounts that no transfer shows are not known in units of a token: null.
    """
    auctions = liquidations.filter(pl.col("protocol") == "maker")
    if auctions.is_empty():
        return liquidations
    beside = (
        auctions.select("at", "row", "debt_amount", "collateral_amount", before="position")
        .join(moves.drop("first_inside"), on="at", how="inner")
        .filter(pl.col("position") < pl.col("before"))
    )
    owed, moved = pl.col("debt_amount").cast(pl.Int128, strict=False), pl.col("amount").cast(pl.Int128, strict=False)
    paid = beside.filter(pl.col("receiver") == ZERO_ADDRESS, (moved - owed).is_between(0, 1))
    wad = pl.col("collateral_amount")
    fits = pl.any_horizontal(pl.col("amount") == (wad.str.head(-cut) if cut else wad) for cut in _CUT_DECIMALS)
    given = beside.filter(pl.col("sender") != ZERO_ADDRESS, pl.col("receiver") != ZERO_ADDRESS, fits)
    known = (
        auctions.select("row")
        .join(_last(paid, "paid"), on="row", how="left")
        .join(_last(given, "got"), on="row", how="left")
    )
    joined = liquidations.join(known, on="row", how="left")
    auction = pl.col("protocol") == "maker"
    return joined.with_columns(
        pl.when(auction).then("paid_token").otherwise("debt_token").alias("debt_token"),
        pl.when(auction).then("paid_amount").otherwise("debt_amount").alias("debt_amount"),
        pl.when(auction).then("got_token").otherwise("collateral_token").alias("collateral_token"),
        pl.when(auction).then("got_amount").otherwise("collateral_amount").alias("collateral_amount"),
    ).drop("paid_token", "paid_amount", "got_token", "got_amount")


def _last(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return (
        rows.sort("position")
        .group_by("row")
        .agg(pl.col("token").last().alias(f"{name}_token"), pl.col("amount").last().alias(f"{name}_amount"))
    )
