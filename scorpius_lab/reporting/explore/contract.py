"""Pictures and tables of `explore/contract.ipynb`, over a graph of `scorpius_lab.security.contracts.ir.callgraph`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scorpius_lab.reporting.charts.graph import Arc, ArcLook, Box, BoxLook, Column, Looks, columns_graph
from scorpius_lab.reporting.components import Block, not_looked_at, records
from scorpius_lab.security.contracts.ir.callgraph import Caller, CallGraph, Link, Node, Role

if TYPE_CHECKING:
    import polars as pl

MOST_BOXES = 60  # in one column; a picture of more is no help
DEEPEST = 3  # columns of functions; what is called from further in stands in the last
SOURCE = "Source: the code, read without a compiler. Lines lead from left to right, with an arrow where they end."
WHO = {
    Caller.ANYONE: "anyone",
    Caller.AUTHORISED: "authorized callers",
    Caller.DEPLOYER: "deployer, once",
    Caller.HEIR: "contracts that build on it",
}
_CALLERS = list(Caller)
_BOXES: dict[str, BoxLook] = {
    Caller.ANYONE: BoxLook("anyone", "series-1", solid=True),
    Caller.AUTHORISED: BoxLook("authorized callers", "series-1"),
    Caller.DEPLOYER: BoxLook("constructor", "series-1", dash=(4, 3)),
    Caller.HEIR: BoxLook("contracts that build on it", "ink-3", dash=(4, 3)),
    Role.INTERNAL: BoxLook("internal function", "ink-3"),
    Role.MODIFIER: BoxLook("modifier", "series-3"),
    Role.OUTSIDE: BoxLook("code of another account", "series-4"),
}
_LEAVING: dict[str, ArcLook] = {
    Link.EXTERNAL: ArcLook("leaves the contract", "series-4"),
    Link.VALUE: ArcLook("may send ether", "series-4", width=3),
    Link.DELEGATE: ArcLook("runs foreign code on this state", "fail", width=3),
}
_ARCS: dict[str, ArcLook] = {
    Link.CALL: ArcLook("calls", "ink-3"),
    Link.MODIFIER: ArcLook("goes through", "series-3", dash=(4, 3)),
    **_LEAVING,
}
_WRITES, _READS = "writes", "reads"
_VARIABLE, _FIXED = "variable", "fixed"


def functions(graph: CallGraph) -> Block:
    """Each function that runs from outside: who gets it to act, what it reads, writes and calls; open ones first."""
    import polars as pl

    outside = Counter(flow.entry for flow in graph.outflows)
    ether = {flow.entry for flow in graph.outflows if flow.link is Link.VALUE}
    by_name = {node.name: node for node in graph.nodes if node.role is Role.ENTRY}
    rows = [
        (
            access.entry,
            WHO[access.caller],
            _words(access.writes),
            _words(access.reads),
            _leaving(outside[access.entry], access.entry in ether),
            "yes" if by_name[access.entry].payable else "no",
            by_name[access.entry].line,
        )
        for access in sorted(graph.accesses, key=lambda one: _CALLERS.index(one.caller))
    ]
    schema = {
        "function": pl.String, "who": pl.String, "writes": pl.String, "reads": pl.String, "leaves": pl.String,
        "payable": pl.String, "line": pl.Int64,
    }  # fmt: skip
    return records(
        "functions",
        pl.DataFrame(rows, schema=schema, orient="row"),
        f"What runs of {graph.contract}",
        "Authorized means that all it does lies behind a test of the caller; who passes that test is another question.",
        columns={
            "function": "Function", "who": "Who gets it to act", "writes": "Writes", "reads": "Reads",
            "leaves": "Calls outside", "payable": "Takes ether", "line": "Line",
        },
        code_columns=("function", "writes", "reads"),
        when_empty=f"Nothing of {graph.contract} can be run: it is an interface, or has no function with a body.",
    )  # fmt: skip


def _words(names: tuple[str, ...]) -> str | None:
    return ", ".join(names) or None


def _leaving(count: int, ether: bool) -> str | None:
    if not count:
        return None
    return f"{count:,}, may send ether" if ether else f"{count:,}"


def calls(graph: CallGraph) -> Block:
    """The call graph: entries at the left, colored by who may call, code of other accounts at the right."""
    columns, left_out = _call_columns(graph)
    arcs = [Arc(edge.source, edge.target, edge.link) for edge in graph.edges]
    return columns_graph(
        "calls",
        columns,
        arcs,
        title=f"Who calls whom in {graph.contract}",
        finding=_calls_said(graph, left_out),
        source=SOURCE,
        looks=Looks(_BOXES, _ARCS),
        table=_call_table(graph),
        heads={"from": "From", "what": "What", "to": "To", "lines": "Lines"},
        alt=f"Call graph of {graph.contract}. {_calls_said(graph, left_out)} The table below has every call.",
        when_empty=f"Nothing in {graph.contract} calls anything.",
    )


def _calls_said(graph: CallGraph, left_out: int) -> str:
    entries = [node for node in graph.nodes if node.role is Role.ENTRY and node.caller is not Caller.HEIR]
    acting = Counter(node.caller for node in entries if not node.reads_only)
    ether = len({flow.entry for flow in graph.outflows if flow.link is Link.VALUE and flow.caller is Caller.ANYONE})
    text = (
        f"Of {len(entries):,} functions that run from outside, {acting[Caller.ANYONE]:,} change something for anyone "
        f"and {acting[Caller.AUTHORISED]:,} for authorized callers only"
    )
    text += f"; {ether:,} of the open ones may send ether." if ether else "; none of the open ones sends ether."
    return text + (f" {left_out:,} more boxes are in the table only." if left_out else "")


def _call_columns(graph: CallGraph) -> tuple[list[Column], int]:
    depth = _depths(graph)
    last = max((level for level in depth.values()), default=0)
    columns = []
    left_out = 0
    for level in range(last + 1):
        found = sorted((n for n in graph.nodes if depth.get(n.id) == level), key=_rank)
        columns.append(Column("from outside" if level == 0 else "inside", [_box(node) for node in found[:MOST_BOXES]]))
        left_out += len(found[MOST_BOXES:])
    outside = [node for node in graph.nodes if node.role is Role.OUTSIDE]
    columns.append(Column("other accounts", [_box(node) for node in outside[:MOST_BOXES]]))
    return columns, left_out + len(outside[MOST_BOXES:])


def _rank(node: Node) -> tuple[int, bool]:
    return (_CALLERS.index(node.caller) if node.caller else len(_CALLERS), node.reads_only)


def _box(node: Node) -> Box:
    return Box(node.id, node.name, node.caller or node.role)


def _depths(graph: CallGraph) -> dict[str, int]:
    """How far inside a function is: one further than what calls it, at most `DEEPEST`."""
    depth = {node.id: 0 for node in graph.nodes if node.role is not Role.OUTSIDE}
    inner = [edge for edge in graph.edges if edge.target in depth and edge.source != edge.target]
    for _ in range(DEEPEST):
        for edge in inner:
            depth[edge.target] = max(depth[edge.target], min(depth[edge.source] + 1, DEEPEST))
    return depth


def _call_table(graph: CallGraph) -> pl.DataFrame:
    import polars as pl

    names = {node.id: node.name for node in graph.nodes}
    rows = [
        (names[edge.source], _ARCS[edge.link].words, names[edge.target], ", ".join(map(str, edge.lines)))
        for edge in graph.edges
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("from", "what", "to", "lines"), pl.String), orient="row")


def flow(graph: CallGraph) -> Block:
    """The flow of data: what is written by whom, read by whom, and what leaves the contract."""
    columns, left_out = _flow_columns(graph)
    return columns_graph(
        "flow",
        columns,
        _flow_arcs(graph),
        title=f"State of {graph.contract}: who writes it, who reads it, what leaves",
        finding=_flow_said(graph, left_out),
        source=SOURCE,
        looks=Looks(
            {
                **_BOXES,
                _VARIABLE: BoxLook("state variable", "ink"),
                _FIXED: BoxLook("fixed at deployment", "ink", dash=(4, 3)),
            },
            {
                _WRITES: ArcLook("writes", "series-1", width=1.6),
                _READS: ArcLook("is read by", "ink-3", dash=(3, 3)),
                **_LEAVING,
            },
        ),
        table=_flow_table(graph),
        heads={
            "function": "Function",
            "who": "Who gets it to act",
            "what": "What",
            "with": "State variable or account",
        },
        alt=f"Flow of data in {graph.contract}. {_flow_said(graph, left_out)} The table below has all of it.",
        when_empty=f"{graph.contract} neither keeps state nor calls other accounts.",
    )


def _flow_columns(graph: CallGraph) -> tuple[list[Column], int]:
    ordered = sorted(graph.accesses, key=lambda one: _CALLERS.index(one.caller))
    leaving = {flow.entry for flow in graph.outflows}
    writers = [Box(f"w:{a.entry}", a.entry, a.caller) for a in ordered if a.writes]
    readers = [Box(f"r:{a.entry}", a.entry, a.caller) for a in ordered if a.reads or a.entry in leaving]
    state = [Box(f"v:{name}", name, _FIXED if fixed else _VARIABLE) for name, fixed in _state(graph).items()]
    outside = [Box(f"o:{name}", name, Role.OUTSIDE) for name in dict.fromkeys(flow.target for flow in graph.outflows)]
    named = {"written by": writers, "state": state, "read by": readers, "other accounts": outside}
    columns = [Column(heading, boxes[:MOST_BOXES]) for heading, boxes in named.items()]
    return columns, sum(len(boxes[MOST_BOXES:]) for boxes in named.values())


def _state(graph: CallGraph) -> dict[str, bool]:
    """Variables by name and whether they are fixed; constants that nothing reads from storage are left out."""
    used = {name for access in graph.accesses for name in (*access.reads, *access.writes)}
    return {one.name: one.fixed for one in graph.variables if one.name in used or not one.fixed}


def _flow_arcs(graph: CallGraph) -> list[Arc]:
    arcs = [Arc(f"w:{a.entry}", f"v:{name}", _WRITES) for a in graph.accesses for name in a.writes]
    arcs += [Arc(f"v:{name}", f"r:{a.entry}", _READS) for a in graph.accesses for name in a.reads]
    return arcs + [Arc(f"r:{flow.entry}", f"o:{flow.target}", flow.link) for flow in graph.outflows]


def _flow_said(graph: CallGraph, left_out: int) -> str:
    open_to_all = {name for access in graph.accesses if access.caller is Caller.ANYONE for name in access.writes}
    state = [one for one in graph.variables if not one.fixed]
    if not state:
        text = "It keeps no state that can change."
    else:
        text = f"{len(open_to_all):,} of {len(state):,} state variables can be written by functions open to anyone."
    return text + (f" {left_out:,} more boxes are in the table only." if left_out else "")


def _flow_table(graph: CallGraph) -> pl.DataFrame:
    import polars as pl

    rows = [
        (access.entry, WHO[access.caller], what, name)
        for access in graph.accesses
        for what, names in (("writes", access.writes), ("reads", access.reads))
        for name in names
    ]
    rows += [(one.entry, WHO[one.caller], _ARCS[one.link].words, one.target) for one in graph.outflows]
    return pl.DataFrame(rows, schema=dict.fromkeys(("function", "who", "what", "with"), pl.String), orient="row")


def leaving(graph: CallGraph) -> Block:
    """Every call that leaves the contract: who decides which account is called, and what ether goes with it."""
    import polars as pl

    order = [Link.DELEGATE, Link.VALUE, Link.EXTERNAL]
    rows = [
        (one.entry, WHO[one.caller], one.target, one.chosen_by, one.value or None, f"{one.path}:{one.line}")
        for one in sorted(graph.outflows, key=lambda one: (order.index(one.link), _CALLERS.index(one.caller)))
    ]
    names = ("function", "who", "target", "chosen", "value", "at")
    return records(
        "leaving",
        pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"),
        "What leaves the contract",
        "Foreign code on this state first, then what may send ether.",
        columns={
            "function": "Function", "who": "Who gets it to act", "target": "Calls", "chosen": "Who chooses the account",
            "value": "Ether sent", "at": "Line",
        },
        code_columns=("function", "target", "value"),
        when_empty="Nothing leaves it: it calls no other account and sends no ether.",
    )  # fmt: skip


def gaps(graph: CallGraph) -> Block:
    """What of the contract the pictures do not show, and why."""
    import polars as pl

    rows = [("not_evaluated", graph.contract, reason) for reason in graph.gaps]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("state", "what", "reason"), pl.String), orient="row")
    return not_looked_at("gaps", frame, when_empty="Every function was looked at whole, with all it inherits.")
