"""`scorpius chain`."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scorpius_lab.cli import chain_guard
from scorpius_lab.cli.output import print_json, progress, show, show_record
from scorpius_lab.cli.session import JsonOption, LabOption, end, say, session, the_lab, verb
from scorpius_lab.errors import NothingEvaluated, UsageError

if TYPE_CHECKING:
    from scorpius_lab.security.chain.attacks import Attack
    from scorpius_lab.security.chain.ingest import Intake

NOTHING_EVALUATED = 3
_ADDRESS = re.compile("0x[0-9a-f]{40}")

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
    """Find sandwiches, arbitrage, liquidations and just-in-time liquidity. Exits 3 when there was no block."""
    del lab, as_json
    if session().as_json and form is not Format.TABLE:
        raise UsageError("--json and --format say two things; give one of them")
    if form is Format.PARQUET and out is None:
        raise UsageError("Parquet is no text; name a file with --out")
    first, last = _range(blocks)
    wanted = set(kind or ())
    found: list[dict[str, Any]] = []
    intake = None
    if paths:
        from scorpius_lab.security.chain.ingest import Intake

        intake = Intake()
        found = [a.as_dict() for a in _in_files(paths, chain_id, intake) if _inside(a, first, last, wanted)]
    else:
        found = _in_lab(chain_id, first, last, wanted, watch or [])
    _write(found, form, out)
    if intake is not None:
        _tell_states(intake.as_dict())
        if not intake.states:
            end(NOTHING_EVALUATED)


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
    from scorpius_lab.security.chain.exposure import Limits, Method, reached, read_labels
    from scorpius_lab.security.chain.exposure import taint as tainted
    from scorpius_lab.security.chain.exposure.hops import Direction
    from scorpius_lab.security.chain.stored import stored_transfers

    seeds = [address.lower() for address in addresses or ()] + (read_labels(labels).addresses if labels else [])
    if not seeds:
        raise UsageError("name an address to start from, or a list with --labels")
    _require_addresses(seeds)
    transfers = stored_transfers(the_lab(), chain_id)
    if transfers.is_empty():
        raise NothingEvaluated(f"no transfer of chain {chain_id} is stored; read blocks with `scorpius chain ingest`")
    if taint is not None:
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
        "before": "from",
        "block_number": "block",
        "amount": "amount",
        "token": "token",
    }
    show(found, columns, empty="nothing was reached")


def _require_addresses(names: Iterable[str]) -> None:
    for name in names:
        if not _ADDRESS.fullmatch(name):
            raise UsageError(f"{name!r} is no address; write 0x and 40 hex digits")


@verb(group, "threats")
def threats(
    labels: Annotated[list[Path] | None, typer.Option("--labels", metavar="FILE", help="Known bad addresses.")] = None,
    mixers: Annotated[list[Path] | None, typer.Option("--mixers", metavar="FILE", help="Addresses of mixers.")] = None,
    chain_id: ChainOption = 1,
    lab: LabOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what is done to those who trade, in the blocks of the lab; what is found becomes findings."""
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
        return
    rows: Any = result.summary["found"]
    show(
        rows,
        {"severity": "severity", "threat": "threat", "address": "address", "detail": "detail"},
        empty="nothing was found",
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
    if len(numbers) != 2:  # noqa: PLR2004
        raise UsageError(f"--blocks {text!r} is no range; write A:B, A: or :B with heights")
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
) -> list[dict[str, Any]]:
    from scorpius_lab.security.chain.listing import attacks_of_run

    with progress() as tell:
        result = the_lab().call(
            "chain.detect",
            {"chain_id": chain_id, "first": first, "last": last, "watch": watch},
            progress=tell,
        )
    _tell_states(dict(result.summary))
    rows = attacks_of_run(the_lab(), result.run_id)
    return [
        row
        for row in rows
        if not wanted or row["kind"] in wanted or (KindOption.BACKRUN in wanted and row["backrun_of"])
    ]


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


def _write(found: list[dict[str, Any]], form: Format, out: Path | None) -> None:
    if form is Format.PARQUET and out is not None:
        _write_parquet(found, out)
    elif form is Format.JSONL:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        out.write_text(text, encoding="utf-8") if out else sys.stdout.write(text)
    elif session().as_json:
        print_json(found)
    else:
        show([_short(row) for row in found], _COLUMNS, empty="no attack was found")


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
    for gap in summary.get("gaps", []) if isinstance(summary.get("gaps"), list) else []:
        say(f"blocks {gap['first']} to {gap['last']} are missing")
    for item in summary.get("rejects", []):
        say(f"{item['file']}, {item['record']}: {item['reason']}")
    left = summary.get("rejected", 0) - len(summary.get("rejects", []))
    if left > 0:
        say(f"{left} more records were rejected")
    states = ", ".join(f"{count} {state}" for state, count in summary["states"].items())
    say(f"{_blocks(sum(summary['states'].values()))}: {states}" if states else "no block was there to look at")


def _blocks(count: int) -> str:
    return f"{count} block" if count == 1 else f"{count} blocks"
