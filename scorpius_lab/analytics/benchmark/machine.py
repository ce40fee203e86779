"""Facts about the machine a measurement was taken on, without which its figures mean little."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from scorpius_lab.core.observations import Asset

LIBRARIES = ("cryptography", "pqcrypto", "duckdb", "polars", "pyarrow")


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the machine was: the one-minute load average, and the cores this process may use.

    `average` is None where the system does not tell.
    """

    average: float | None
    cores: int

    @property
    def busy(self) -> bool:
        """More wants to run than there are cores."""
        return self.average is not None and self.average > self.cores


def load() -> Load:
    """The load of this moment."""
    try:
        average: float | None = round(os.getloadavg()[0], 2)
    except (OSError, AttributeError):
        average = None
    return Load(average, cores())


def cores() -> int:
    """The cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def host(cpuinfo: Path = Path("/proc/cpuinfo")) -> Asset:
    """This host as an asset, with processor, cores, memory, system, Python and library versions."""
    return Asset(
        kind="host",
        name=platform.node() or "localhost",
        attributes={
            "processor": processor(_lines(cpuinfo)),
            "cores": cores(),
            "memory_bytes": memory_bytes(),
            "system": f"{platform.system()} {platform.release()}",
            "architecture": platform.machine(),
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "libraries": versions(LIBRARIES),
            "openssl": openssl(),
        },
    )


def processor(cpuinfo: Iterable[str]) -> str:
    """The processor's name from the lines of `/proc/cpuinfo`, or what the platform module knows."""
    for line in cpuinfo:
        name, _, value = line.partition(":")
        if name.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or platform.machine() or "unknown"


def memory_bytes() -> int | None:
    """Physical memory, or None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def versions(names: Iterable[str]) -> dict[str, str]:
    """Installed versions; a package that is not installed is `not installed`."""
    return {name: _version(name) for name in names}


def openssl() -> str:
    """The OpenSSL that `cryptography` brings."""
    from cryptography.hazmat.backends.openssl.backend import backend

    return backend.openssl_version_text()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
