"""The configuration's own sections: names, types, defaults, one line about each, and whether it reloads.

A field with `reloads` takes effect in a running service when the file changes; the others need a restart. An engine
adds a section of its own by giving its component a model that derives from `Section`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NOT_A_DURATION = "expected a duration such as 90d, 12h or a number of seconds"


def _duration(value: object) -> object:
    """Seconds, or text such as `90d` or `12h`."""
    if isinstance(value, bool):
        raise ValueError(_NOT_A_DURATION)  # noqa: TRY004 (pydantic reports a ValueError)
    match = re.fullmatch(r"(\d{1,9})\s*([smhdw])", value.strip()) if isinstance(value, str) else None
    if match:
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if isinstance(value, timedelta | int | float) or (isinstance(value, str) and value[:1] == "P"):
        return value
    raise ValueError(_NOT_A_DURATION)


def duration_text(value: timedelta) -> str:
    """The shortest text that reads back as this duration: `90d`, `12h`, `45s`."""
    seconds = int(value.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(duration_text, return_type=str, when_used="json")
]


def setting(default: Any, description: str, *, reloads: bool, only_host: bool = False, **constraints: Any) -> Any:
    """A field of a section: its default, one line about it, and whether a running service picks up a change.

    `only_host` is for addresses whose path is itself a secret, as a webhook's is: only their host is ever shown.
    """
    extra: dict[str, Any] = {"reloads": reloads, "only_host": only_host}
    return Field(default=default, description=description, json_schema_extra=extra, **constraints)


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a web address that begins with https:// or http://")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Section(BaseModel):
    """What every section derives from: unknown keys are refused and values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


class QuantumConfig(Section):
    """Cryptography."""

    default_algorithm: str = setting(
        "lattice_based",
        "Family or parameter set used when none is named (lattice_based, hash_based, ML-KEM-768 …).",
        reloads=True,
        min_length=1,
    )
    security_level: Literal[1, 3, 5] = setting(3, "NIST security category: 1, 3 or 5.", reloads=True)
    key_rotation_interval: Duration = setting(
        timedelta(days=90),
        "How long a key stays primary: 90d, 12h, or seconds.",
        reloads=True,
        gt=timedelta(0),
    )
    allowed_algorithms: tuple[str, ...] = setting(
        (),
        "Parameter sets and envelope suites that are accepted; empty means all that are neither legacy nor "
        "experimental.",
        reloads=True,
    )


class SecurityConfig(Section):
    """Detection."""

    enable_ai_detection: bool = setting(True, "Use learned anomaly models beside the rules.", reloads=True)
    enable_mev_protection: bool = setting(True, "Guard transactions against extraction of their value.", reloads=True)
    threat_intelligence_feeds: tuple[str, ...] = setting((), "URLs or files of indicator feeds.", reloads=True)


class MonitoringConfig(Section):
    """What the lab says about its own health."""

    enable_health_checks: bool = setting(True, "Check store, keys and disk space of the lab itself.", reloads=True)
    metrics_retention_days: int = setting(30, "Days the lab's own metrics are kept.", reloads=True, ge=1, le=36_500)
    alert_endpoints: tuple[WebAddress, ...] = setting(
        (), "Web addresses told about alerts, shown as hosts.", reloads=True, only_host=True
    )


class StoreConfig(Section):
    """The lab's database. Relative paths start at the lab folder."""

    file: Path = setting(Path("store.duckdb"), "The database file.", reloads=False)
    blobs: Path = setting(Path("blobs"), "Folder of evidence bytes, named by their hash.", reloads=False)
    keys: Path = setting(Path("keys"), "Folder of the lab's signing and wrapping keys.", reloads=False)
    encryption: bool = setting(False, "Encrypt database, blobs and spill files (AES-256-GCM).", reloads=False)
    lock_timeout: float = setting(
        30.0, "Seconds to wait for another process before giving up.", reloads=True, gt=0, le=86_400
    )
    memory_limit: str | None = setting(
        None,
        "Most memory a query may use (2GB, 80%); empty means the database's own default.",
        reloads=True,
        pattern=r"^\d+(\.\d+)?\s*([KMGT]i?B|%)$",
    )
    threads: int | None = setting(None, "Threads a query may use; empty means all cores.", reloads=True, ge=1, le=1024)
    backend: Literal["duckdb", "ducklake"] = setting(
        "duckdb", "duckdb for one machine, ducklake for a team.", reloads=False
    )
    catalogue: str | None = setting(
        None, "DuckLake catalogue: a file, or postgres:dbname=… (password from the environment).", reloads=False
    )


class ExecutionConfig(Section):
    """Where engines fan work out to. What does not fan out runs in the calling thread whatever is chosen."""

    executor: Literal["inline", "processes", "dask"] = setting(
        "inline", "inline for this thread, processes for this machine's cores, dask for a cluster.", reloads=True
    )
    workers: int | None = setting(None, "Processes at once; empty means all cores.", reloads=True, ge=1, le=1024)
    address: str | None = setting(
        None, "Address of a Dask scheduler; empty means a cluster on this machine.", reloads=True, min_length=1
    )


class ReportingConfig(Section):
    """Reports. A relative folder starts where the lab folder lies."""

    folder: Path = setting(Path("reports"), "Where bundles are written.", reloads=True)
    jobs: int = setting(2, "Reports made at the same time.", reloads=True, ge=1, le=64)
    kernel_pool: bool = setting(True, "Start notebooks from a warm, pre-imported process.", reloads=True)
    live_charts: bool = setting(False, "Charts react to the pointer; off gives a smaller page.", reloads=True)
    formats: tuple[Literal["html", "pdf", "ipynb"], ...] = setting(
        ("html",), "Forms written when none is asked for.", reloads=True, min_length=1
    )
    organisation: str = setting("", "Name shown on covers.", reloads=True, max_length=200)


BUILT_IN: tuple[tuple[str, type[Section]], ...] = (
    ("quantum_config", QuantumConfig),
    ("security_config", SecurityConfig),
    ("monitoring_config", MonitoringConfig),
    ("store", StoreConfig),
    ("execution", ExecutionConfig),
    ("reporting", ReportingConfig),
)
