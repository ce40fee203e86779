"""`scorpius chain`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scorpius_lab.cli import chain_guard
from scorpius_lab.cli.chain_guard import listed_addresses
from scorpius_lab.cli.output import print_json, progress, show, show_record
from scorpius_lab.cli.session import JsonOption, LabOption, end, say, session, the_lab, verb
from scorpius_lab.errors import NothingEvaluated, UsageError

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.security.chain.attacks import Attack
    from scorpius_lab.security.chain.ingest import Intake


group = typer.Typer(no_args_is_help=True, help="Blocks, what was taken from whom in them, and what to do before.")


class Format(StrEnum):
    """How attacks are written."""

    TABLE = "table"
    JSONL = "jsonl"
    PARQUET = "parquet"


class KindOption(StrEnum):
    """Kinds of attack to ask for. A backrun is an arbitrage that answers another's trade."""

    ARBITRAGE = "arbitrage"
    SANDWICH = "sandwich"
    BACKRUN = "backrun"
    JIT = "jit"
    LIQUIDATION = "liquidation"


ChainOption = Annotated[int, typer.Option("--chain-id", metavar="N", min=1, help="Number of the chain (EIP-155).")]


@group.callback()
def chain() -> None:
    """Blocks, what was taken from whom in them, and what to do before."""


@verb(group, "ingest")
def ingest(  # noqa: PLR0917 - options of a command line, all by name
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help="Files and folders of blocks.")
    ] = None,
    endpoint: Annotated[
        str, typer.Option("--endpoint", metavar="NAME", help="Environment variable with a JSON-RPC address.")
    ] = "",
    blocks: Annotated[str, typer.Option("--blocks", metavar="A:B", help="These heights of the endpoint.")] = "",
    chain_id: ChainOption = 1,
    verify_roots: Annotated[
        bool, typer.Option("--verify-roots", help="Compute the transactions and receipts roots again.")
    ] = False,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read blocks, receipts, logs and traces into the lab, of files or of a node. Exits 3 when there was no block."""
    del lab, as_json
    if bool(paths) == bool(endpoint):
        raise UsageError("give either files of blocks, or --endpoint with the name of a variable")
    first, last = _range(blocks)
    given = {
        "paths": [str(path.absolute()) for path in paths or ()],
        "chain_id": chain_id,
        "verify_roots": verify_roots,
        "endpoint": endpoint,
        "first": first,
        "last": last,
    }
    with progress() as tell:
        result = the_lab().call("chain.ingest", given, progress=tell)
    if session().as_json:
        print_json(result.summary)
        return
    _tell_intake(dict(result.summary))


@verb(group, "detect")
def detect(  # noqa: PLR0917 - options of a command line, all by name
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help="Files of blocks; without any, those of the lab.")
    ] = None,
    blocks: Annotated[str, typer.Option("--blocks", metavar="A:B", help="Only these heights, A and B included.")] = "",
    kind: Annotated[list[KindOption] | None, typer.Option("--kind", help="Only this kind; may be repeated.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How attacks are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to a file instead.")] = None,
    watch: Annotated[
        list[str] | None, typer.Option("--watch", metavar="ADDRESS", help="A wallet of ours; may be repeated.")
    ] = None,
    chain_id: ChainOption = 1,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find sandwiches, arbitrage, liquidations and just-in-time liquidity. Exits 3 when none could be looked at."""
    del lab, as_json
    if session().as_json and form is not Format.TABLE:
        raise UsageError("--json and --format say two things; give one of them")
    if form is Format.PARQUET and out is None:
        raise UsageError("Parquet is no text; name a file with --out")
    first, last = _range(blocks)
    wanted = set(kind or ())
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {out.absolute().parent} to write {out.name} into")
    summary: dict[str, Any]
    if paths:
        from scorpius_lab.security.chain.ingest import Intake

        if watch:
            raise UsageError("--watch keeps findings in the lab; read the files with `scorpius chain ingest` first")
        intake = Intake()
        found = [a.as_dict() for a in _in_files(paths, chain_id, intake) if _inside(a, first, last, wanted)]
        summary = {**intake.as_dict(), "looked_at": intake.looked_at}
    else:
        found, summary = _in_lab(chain_id, first, last, wanted, watch or [])
    _tell_states(summary)
    if not summary["looked_at"]:
        raise NothingEvaluated(_none_to_look_at(summary))
    whole = summary["states"].keys() == {"complete"} and not summary["gaps"]
    _write(found, form, out, empty="no attack was found" if whole else "no attack was found in what could be seen")


chain_guard.register(group)


class TaintOption(StrEnum):
    """Ways to count taint."""

    POISON = "poison"
    HAIRCUT = "haircut"
    FIFO = "fifo"


@verb(group, "exposure")
def exposure(  # noqa: PLR0917 - options of a command line, all by name
    addresses: Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS...]", help="Where to start.")] = None,
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", metavar="FILE", help="Start from these lists.")
    ] = None,
    hops: Annotated[int, typer.Option("--hops", metavar="N", min=1, max=20, help="How far to go.")] = 3,
    backward: Annotated[bool, typer.Option("--backward", help="Where it came from instead of where it went.")] = False,
    taint: Annotated[
        TaintOption | None, typer.Option("--taint", help="How much of what is held came from there.")
    ] = None,
    chain_id: ChainOption = 1,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow money from addresses through the blocks of the lab, by hops or by taint. Exits 3 without any transfer."""
    del lab, as_json
    from scorpius_lab.security.chain.addresses import parse_address
    from scorpius_lab.security.chain.exposure import Limits, Method, reached
    from scorpius_lab.security.chain.exposure import taint as tainted
    from scorpius_lab.security.chain.exposure.hops import Direction
    from scorpius_lab.security.chain.stored import stored_transfers

    if taint is not None and backward:
        raise UsageError("taint is followed to where money went; leave out --backward or --taint")
    seeds = [parse_address(text) for text in addresses or ()] + (listed_addresses(labels) if labels else [])
    if not seeds:
        raise UsageError("name an address to start from, or a list with --labels")
    transfers = stored_transfers(the_lab(), chain_id)
    if transfers.is_empty():
        raise NothingEvaluated(f"no transfer of chain {chain_id} is stored; read blocks with `scorpius chain ingest`")
    _tell_reach(transfers, seeds)
    if taint is not None:
        say(f"counted as {taint.value}; what an address held before these blocks is not known and taken for untainted")
        rows = [
            {"address": one.address, "token": one.token, "tainted": str(one.tainted), "held": str(one.held),
             "share": one.share, "hops": one.hops, "method": str(one.method)}
            for one in tainted(transfers, seeds, Method(taint), most_hops=hops)
        ]  # fmt: skip
        show(
            rows, {name: name for name in ("address", "token", "tainted", "held", "hops")}, empty="nothing was reached"
        )
        return
    direction = Direction.BACKWARD if backward else Direction.FORWARD
    found = reached(transfers, seeds, Limits(hops=hops), direction)
    columns = {
        "address": "address",
        "hops": "hops",
        "before": "to" if backward else "from",
        "block_number": "block",
        "amount": "amount",
        "token": "token",
    }
    show(found, columns, empty="nothing was reached")


def _tell_reach(transfers: pl.DataFrame, seeds: list[str]) -> None:
    """How far the blocks go, and which of the addresses occur in none of them."""
    heights = transfers["block_number"]
    say(f"{transfers.height} transfers in blocks {heights.min()!s} to {heights.max()!s} were followed")
    seen = set(transfers["sender"]) | set(transfers["receiver"])
    absent = [seed for seed in seeds if seed not in seen]
    if absent:
        others = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        say(f"{absent[0]}{others} of {len(seeds)} occur in none of them")


@verb(group, "threats")
def threats(
    labels: Annotated[list[Path] | None, typer.Option("--labels", metavar="FILE", help="Known bad addresses.")] = None,
    mixers: Annotated[list[Path] | None, typer.Option("--mixers", metavar="FILE", help="Addresses of mixers.")] = None,
    chain_id: ChainOption = 1,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what is done to those who trade; what is found becomes findings. Exits 3 when no block could be seen."""
    del lab, as_json
    given = {
        "chain_id": chain_id,
        "labels": [str(path.absolute()) for path in labels or ()],
        "mixers": [str(path.absolute()) for path in mixers or ()],
    }
    with progress() as tell:
        result = the_lab().call("chain.threats", given, progress=tell)
    if session().as_json:
        print_json(result.summary)
        end(0 if result.summary["looked_at"] else NothingEvaluated.exit_code)
        return
    summary: dict[str, Any] = dict(result.summary)
    _tell_states(summary)
    if not summary["looked_at"]:
        raise NothingEvaluated(_none_to_look_at(summary))
    show(
        summary["found"],
        {"severity": "severity", "threat": "threat", "address": "address", "detail": "detail"},
        empty="nothing was found in what could be seen",
    )


def _range(text: str) -> tuple[int | None, int | None]:
    if not text:
        return None, None
    parts = text.split(":")
    try:
        numbers = [int(part) if part else None for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2 or any(number is not None and number < 0 for number in numbers):  # noqa: PLR2004
        raise UsageError(f"--blocks {text!r} is no range; write A:B, A:, :B or A with heights")
    first, last = numbers
    if first is not None and last is not None and first > last:
        raise UsageError(f"--blocks {text!r} is empty: {first} is after {last}")
    return first, last


def _in_files(paths: list[Path], chain_id: int, intake: Intake) -> Iterator[Attack]:
    from scorpius_lab.core.runs import RunContext
    from scorpius_lab.security.chain.chains import parameters_of
    from scorpius_lab.security.chain.component import require_libraries

    require_libraries()
    from scorpius_lab.security.chain.detection import detect as detect_in
    from scorpius_lab.security.chain.ingest import chains

    with progress() as tell, tempfile.TemporaryDirectory(prefix="scorpius-chain-") as scratch:
        context = RunContext(progress=tell)
        for part in chains(paths, parameters_of(chain_id), Path(scratch), intake, context):
            yield from detect_in(part)


def _inside(attack: Attack, first: int | None, last: int | None, wanted: set[KindOption]) -> bool:
    if (first is not None and attack.block < first) or (last is not None and attack.block > last):
        return False
    return not wanted or str(attack.kind) in wanted or (KindOption.BACKRUN in wanted and bool(attack.backrun_of))


def _in_lab(
    chain_id: int, first: int | None, last: int | None, wanted: set[KindOption], watch: list[str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from scorpius_lab.security.chain.listing import attacks_of_run

    with progress() as tell:
        result = the_lab().call(
            "chain.detect",
            {"chain_id": chain_id, "first": first, "last": last, "watch": watch},
            progress=tell,
        )
    rows = attacks_of_run(the_lab(), result.run_id)
    kept = [
        row
        for row in rows
        if not wanted or row["kind"] in wanted or (KindOption.BACKRUN in wanted and row["backrun_of"])
    ]
    return kept, dict(result.summary)


_COLUMNS = {
    "block": "block",
    "kind": "kind",
    "actor": "actor",
    "gained": "gained",
    "net": "net, wei",
    "victims": "victims",
    "pools": "pools",
    "transactions": "transactions",
}


def _write(found: list[dict[str, Any]], form: Format, out: Path | None, *, empty: str) -> None:
    if form is Format.PARQUET and out is not None:
        _write_parquet(found, out)
    elif form is Format.JSONL:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        out.write_text(text, encoding="utf-8") if out else sys.stdout.write(text)
    elif session().as_json:
        print_json(found)
    else:
        show([_short(row) for row in found], _COLUMNS, empty=empty)


def _write_parquet(found: list[dict[str, Any]], out: Path) -> None:
    import polars as pl

    from scorpius_lab.security.chain.listing import ATTACK_SCHEMA

    pl.DataFrame(found, schema=ATTACK_SCHEMA).write_parquet(out)


def _short(row: dict[str, Any]) -> dict[str, Any]:
    gained = ", ".join(f"{item['amount']} of {item['token'][:10]}…" for item in row["profit"])
    return {
        "block": row["block"],
        "kind": row["kind"],
        "actor": row["actor"],
        "gained": gained,
        "net": row["net"],
        "victims": len(row["victims"]),
        "pools": len(row["pools"]),
        "transactions": [f"{name[:10]}…" for name in row["transactions"]],
    }


def _tell_intake(summary: dict[str, Any]) -> None:
    _tell_states(summary)
    show_record(
        {
            "blocks": summary["blocks"],
            "new": summary["new"],
            "known": summary["known"],
            "states": ", ".join(f"{count} {state}" for state, count in summary["states"].items()),
            "rows": ", ".join(f"{count} {name}" for name, count in summary["rows"].items() if count),
            "roots": ", ".join(f"{count} {state}" for state, count in summary["roots"].items()),
        }
    )


def _tell_states(summary: dict[str, Any]) -> None:
    """What is missing, on standard error: whoever reads the result must know what was not looked at."""
    for reason, count in summary.get("reasons", {}).items():
        say(f"{_blocks(count)}: {reason}")
    for reason, count in summary.get("root_reasons", {}).items():
        say(f"roots of {_blocks(count)}: {reason}")
    gaps = summary.get("gaps", 0)
    for gap in gaps if isinstance(gaps, list) else ():
        say(f"blocks {gap['first']} to {gap['last']} are missing")
    if gaps and not isinstance(gaps, list):
        say(f"blocks are missing in {gaps} place{'' if gaps == 1 else 's'}")
    for threat, reason in summary.get("not_evaluated", {}).items():
        say(f"{threat} was not looked for: {reason}")
    for item in summary.get("rejects", []):
        say(f"{item['file']}, {item['record']}: {item['reason']}")
    left = summary.get("rejected", 0) - len(summary.get("rejects", []))
    if left > 0:
        say(f"{left} more records were rejected")
    states = ", ".join(f"{count} {state}" for state, count in summary["states"].items())
    say(f"{_blocks(sum(summary['states'].values()))}: {states}" if states else "no block was there to look at")


def _none_to_look_at(summary: dict[str, Any]) -> str:
    count = sum(summary["states"].values())
    if not count:
        return "no block was there to look at"
    return f"none of {_blocks(count)} could be looked at: there are neither logs nor traces, or they do not stand"


def _blocks(count: int) -> str:
    return f"{count} block" if count == 1 else f"{count} blocks"
