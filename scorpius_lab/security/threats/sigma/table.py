"""The table rules are run on: one row for each event of a log source, one narrow column for each field rules name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scorpius_lab.security.threats.sigma.backend import literal
from scorpius_lab.security.threats.sigma.columns import KEYWORDS, KEYWORDS_CASED, Columns

if TYPE_CHECKING:
    from scorpius_lab.security.threats.sigma.rules import LogSource

EVENTS = "events"
TABLE = "looked_at"
DISTINCT_FROM = 20_000  # events from which rows with equal values are worth merging

# field names rules use for what an event holds outside `fields`
NARROW = {
    "channel": "channel",
    "eventid": "event_id",
    "computer": "host",
    "hostname": "host",
    "message": "message",
}
# only where the source's own names are not known to mean something else
NARROW_GENERIC = {
    "user": '"user"',
    "sourceip": "source_ip",
    "image": "image",
    "commandline": "command_line",
}

# a log that is made of several programs' messages
SERVICES_WITHIN = {
    "auth": ("auth", "sshd", "sudo", "su", "accounts"),
    "syslog": ("syslog", "auth", "sshd", "sudo", "su", "accounts", "cron", "clamav", "vsftpd", "guacamole"),
    "powershell-classic": ("powershell-classic",),
}
CATEGORIES_WITHIN = {
    "registry_event": ("registry_add", "registry_delete", "registry_set", "registry_rename", "registry_event"),
}


def selects(source: LogSource, product: str, service: str, category: str) -> bool:
    """True if events of this product, service and category are what the rule asks for."""
    return (
        (not source.product or source.product == product)
        and (not source.service or service in SERVICES_WITHIN.get(source.service, (source.service,)))
        and (not source.category or category in CATEGORIES_WITHIN.get(source.category, (source.category,)))
    )


def where(source: LogSource) -> str:
    """The same as a condition over the event table."""
    parts = ["TRUE"]
    if source.product:
        parts.append(f"product = {literal(source.product)}")
    if source.service:
        parts.append(_one_of("service", SERVICES_WITHIN.get(source.service, (source.service,))))
    if source.category:
        parts.append(_one_of("category", CATEGORIES_WITHIN.get(source.category, (source.category,))))
    return " AND ".join(parts)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(literal(value) for value in values)})"


def table_sql(
    source: LogSource, used: Iterable[str], columns: Columns, keys: dict[str, list[str]], *, distinct: bool
) -> str:
    """The statement that makes the table.

    `keys` are the field names that occur in the batch, by their lower case. A rule's name takes the value of the key
    spelled alike, else of one that differs in case only, else of a narrow column that means the same. With `distinct`
    events with equal values in all columns become one row; `ids` holds their numbers either way.
    """
    names = sorted({columns.name_of(c) for c in used if c not in {KEYWORDS, KEYWORDS_CASED}})
    pointers = sorted({key for name in names for key in keys.get(name.lower(), ())})
    index = {key: number for number, key in enumerate(pointers, start=1)}
    listed = ", ".join(literal(_pointer(key)) for key in pointers)
    values = f"json_extract_string(fields, [{listed}])" if pointers else "[]"
    inner = f"SELECT id, {values} AS v, * EXCLUDE (id) FROM {EVENTS} WHERE {where(source)}"  # noqa: S608 (literals)
    picked = [f"{_value(column, columns, keys, index)} AS {column}" for column in sorted(used)]
    if not distinct:
        return f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT [id] AS ids, {', '.join(picked)} FROM ({inner})"  # noqa: S608
    return (
        f"CREATE OR REPLACE TEMP TABLE {TABLE} AS "  # noqa: S608 (literals and numbered columns only)
        f"SELECT list(id) AS ids, {', '.join(picked)} FROM ({inner}) GROUP BY ALL"
    )


def _value(column: str, columns: Columns, keys: dict[str, list[str]], index: dict[str, int]) -> str:
    if column in {KEYWORDS, KEYWORDS_CASED}:
        text = "message || chr(10) || array_to_string(json_extract_string(fields, '$.*'), chr(10))"
        return f"lower({text})" if column == KEYWORDS else text
    name = columns.name_of(column)
    known = keys.get(name.lower(), [])
    parts = [f"v[{index[key]}]" for key in sorted(known, key=lambda key: (key != name, key))]
    if name.lower() in NARROW:
        parts.append(f"nullif({NARROW[name.lower()]}, '')")
    if name.lower() in NARROW_GENERIC:
        parts.append(f"CASE WHEN product = '' THEN {NARROW_GENERIC[name.lower()]} END")
    value = "NULL::VARCHAR" if not parts else parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
    return {"f": f"lower({value})", "c": value, "i": f"address_key({value})"}[column[0]]


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
