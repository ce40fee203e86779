"""The benchmark report's tables of parameter sets: sizes, and for every operation wall time, CPU time and a ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scorpius_lab.reporting import components
from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.markup import number
from scorpius_lab.reporting.reports.benchmark_rows import TIMES, duration_text, frame_of, measurement_rows, typed

if TYPE_CHECKING:
    from scorpius_lab.reporting.report import Report

FAMILIES = {
    "lattice": "Lattice",
    "hash": "Hash",
    "code": "Code",
    "hybrid": "Hybrid, post-quantum and classical",
    "classical": "Classical, broken by a quantum computer",
}
OTHER = "Other"
NOT_MEASURED = "not measured"
KEM_BASELINE, SIGNATURE_BASELINE = "X25519", "Ed25519"


def kem_sets(report: Report) -> Block:
    """Every key encapsulation, by family."""
    operations = {"keygen": "Key generation", "encaps": "Encapsulate", "decaps": "Decapsulate"}
    return _sets(report, "kem", "Key encapsulation", operations, ("ciphertext", "Ciphertext"), KEM_BASELINE)


def signature_sets(report: Report) -> Block:
    """Every signature scheme, by family."""
    operations = {"keygen": "Key generation", "sign": "Sign 1 KiB", "verify": "Verify 1 KiB"}
    return _sets(report, "signature", "Signatures", operations, ("signature", "Signature"), SIGNATURE_BASELINE)


def _sets(  # noqa: PLR0917 (what a table of sets differs in)
    report: Report, group: str, caption: str, operations: Mapping[str, str], carried: tuple[str, str], baseline: str
) -> Block:
    figures = [one for one in measurement_rows(report) if one["group"] == group]
    base = {one["operation"]: one["cpu_ms"] for one in figures if one["subject"] == baseline}
    rows = [_set_row(found, operations, carried[0], base) for found in _by_subject(figures)]
    rows.sort(key=lambda row: [*FAMILIES.values(), OTHER].index(row["family"]))
    numbers = dict.fromkeys(("level", "public_key", carried[0], *operations), True)
    return components.records(
        f"{group}-sets",
        typed(frame_of(rows), **numbers),
        f"{caption}, every parameter set",
        "The large figure is the median wall time, the small one the median CPU time, and how many times that of "
        f"{baseline} it is. Level is the NIST security category; sizes are bytes.",
        columns={"set": "Set", "level": "Level", "public_key": "Public key", carried[0]: carried[1], **operations},
        formats=dict.fromkeys(operations, duration_text),
        notes={"set": "library", **{name: f"{name}_note" for name in operations}},
        group_column="family",
        when_empty=report.when_empty("measurements"),
    )


def _by_subject(figures: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in figures:
        found.setdefault(one["subject"], []).append(one)
    return list(found.values())


def _set_row(
    figures: Sequence[Mapping[str, Any]], operations: Mapping[str, str], carried: str, base: Mapping[str, float | None]
) -> dict[str, Any]:
    """One line of the table: the facts of the set, then for each operation milliseconds and what is said below."""
    about, by_operation = figures[0], {one["operation"]: one for one in figures}
    sizes = about["sizes"] or {}
    row = {
        "family": FAMILIES.get(about["family"], OTHER),
        "set": about["subject"],
        "library": about["library"],
        "level": about["level"],
        "public_key": sizes.get("public key"),
        carried: sizes.get(carried),
    }
    for name in operations:
        one = by_operation.get(name, {})
        row |= {name: one.get("value"), f"{name}_note": _note(one.get("cpu_ms"), base.get(name))}
    return row


def _note(cpu: float | None, base: float | None) -> str:
    if cpu is None:
        return NOT_MEASURED
    if not base or cpu == base:
        return f"CPU {duration_text(cpu)}"
    ratio = cpu / base
    return f"CPU {duration_text(cpu)}, {number(round(ratio) if ratio >= 10 else ratio, 2)} {TIMES}"  # noqa: PLR2004
