"""`scorpius chain guard`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scorpius_lab.cli.output import print_json, show_record
from scorpius_lab.cli.session import JsonOption, end, say, session, verb
from scorpius_lab.errors import NothingEvaluated, UsageError

if TYPE_CHECKING:
    from scorpius_lab.security.chain.exposure import Labels

_MOST_NAMED = 20


def guard(  # noqa: PLR0917 - options of a command line, all by name
    raw: Annotated[str, typer.Argument(metavar="[RAW]", help="A raw signed transaction in hex; or use --pool.")] = "",
    pool: Annotated[Path | None, typer.Option("--pool", metavar="FILE", help="A pool's state as JSON.")] = None,
    token_in: Annotated[str, typer.Option("--token-in", metavar="ADDRESS", help="The token that is paid.")] = "",
    amount: Annotated[str, typer.Option("--amount", metavar="N", help="How much of it, in raw units.")] = "",
    least_out: Annotated[str, typer.Option("--least-out", metavar="N", help="The least that must come out.")] = "0",
    attack_cost: Annotated[str, typer.Option("--attack-cost", metavar="N", help="Gas and tip of a sandwich.")] = "0",
    state: Annotated[Path | None, typer.Option("--state", metavar="FILE", help="Accounts to simulate on.")] = None,
    known: Annotated[
        Path | None, typer.Option("--known", metavar="FILE", help="Whom you deal with, one a line.")
    ] = None,
    labels: Annotated[list[Path] | None, typer.Option("--labels", metavar="FILE", help="Lists of addresses.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say before sending what a transaction does, or how exposed a swap is. Exits 1 if something is dangerous."""
    del as_json
    if bool(raw) == (pool is not None):
        raise UsageError("give either a raw signed transaction, or --pool with --token-in and --amount")
    if raw and (token_in or amount):
        raise UsageError("--token-in and --amount go with --pool, not with a signed transaction")
    if pool is not None:
        _guard_swap(pool, token_in, (amount, least_out, attack_cost))
    else:
        _guard_transaction(raw, state, known, labels or [])


def _guard_swap(path: Path, token_in: str, amounts: tuple[str, str, str]) -> None:
    from scorpius_lab.security.chain.addresses import parse_address
    from scorpius_lab.security.chain.guard import State, Swap
    from scorpius_lab.security.chain.guard import guard as judge
    from scorpius_lab.security.chain.guard.pools import read_pool

    amount, least, cost = (_whole(text) for text in amounts)
    try:
        report = judge(Swap(parse_address(token_in), amount, least), read_pool(path), attack_cost=cost)
    except ValueError as error:
        raise UsageError(f"the swap cannot be judged: {error}") from error
    if session().as_json:
        print_json(report.as_dict())
    else:
        show_record(_flat(report.as_dict()))
    if report.state is State.NOT_EVALUATED:
        end(NothingEvaluated.exit_code)
    end(1 if report.state is not State.SAFE else 0)


def read_lists(paths: Sequence[Path]) -> Labels:
    """Lists of addresses; what is no address in them is said on standard error."""
    from scorpius_lab.security.chain.exposure import read_labels

    found = read_labels(paths)
    for item in found.rejected[:_MOST_NAMED]:
        say(f"{item.file}, {item.record}: {item.reason}")
    if len(found.rejected) > _MOST_NAMED:
        say(f"{len(found.rejected) - _MOST_NAMED} more records are no addresses")
    return found


def listed_addresses(paths: Sequence[Path]) -> list[str]:
    """The addresses of lists, each once."""
    return read_lists(paths).addresses


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no amount; write a whole number of the token's smallest units") from error


def _guard_transaction(raw: str, state: Path | None, known: Path | None, labels: list[Path]) -> None:
    from scorpius_lab.security.chain.component import require_simulation

    require_simulation()
    from scorpius_lab.security.chain.guard.explain import Surroundings, explain
    from scorpius_lab.security.chain.guard.simulation import read_state, simulate

    listed = read_lists(labels).frame.to_dicts() if labels else []
    named = {row["address"]: row["label"] or row["source"] for row in listed}
    around = Surroundings(labels=named, counterparties=listed_addresses([known]) if known else ())
    report = explain(raw, around)
    outcome = simulate(report.transaction, read_state(state) if state else None)
    told = {**report.as_dict(), "simulation": outcome.as_dict()}
    if session().as_json:
        print_json(told)
    else:
        flags = [f"{flag.severity}: {flag.text}" for flag in report.flags]
        run = outcome.state.replace("_", " ") + (f": {outcome.reason}" if outcome.reason else "")
        show_record({"does": report.sentence, "sender": report.transaction.sender, "flags": flags, "simulation": run})
    end(1 if any(flag.severity in ("critical", "high") for flag in report.flags) else 0)


def _flat(told: dict[str, Any]) -> dict[str, Any]:
    attack = told.pop("attack") or {}
    return {**told, **{f"attack {name}": value for name, value in attack.items()}}


def register(group: typer.Typer) -> None:
    """Add the command."""
    verb(group, "guard")(guard)
