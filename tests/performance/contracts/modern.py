"""Findings in code that many have audited: nearly all of them are false alarms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scorpius_lab.core.rules import Severity
from scorpius_lab.security.contracts.detection import Detection, ScanOutcome
from tests.security.contracts.npm_packages import (
    OPENZEPPELIN,
    UNISWAP_V2_CORE,
    UNISWAP_V3_CORE,
    Package,
    package_folder,
)

AUDITED = (OPENZEPPELIN, UNISWAP_V2_CORE, UNISWAP_V3_CORE)


@dataclass(frozen=True, slots=True)
class PackageFindings:
    """One package, where it lies, and what the scan of it shows."""

    package: Package
    folder: Path
    outcome: ScanOutcome

    @property
    def shown(self) -> list[Detection]:
        """Medium, high and critical findings that nothing suppresses."""
        return [one for one in self.outcome.detections if one.suppression is None and at_least_medium(one)]


def at_least_medium(detection: Detection) -> bool:
    """Whether a finding is one of those the bar counts."""
    return detection.severity.rank >= Severity.MEDIUM.rank


def scan_audited(packages: tuple[Package, ...] = AUDITED, *, fetch: bool = True) -> list[PackageFindings]:
    """Scan each package whole. Raises PackageMissing if one is not here and cannot be fetched."""
    from scorpius_lab.security.contracts.scanner import scan_paths

    folders = [package_folder(package, fetch=fetch) / package.sources for package in packages]
    return [
        PackageFindings(package, folder, scan_paths([folder]))
        for package, folder in zip(packages, folders, strict=True)
    ]
