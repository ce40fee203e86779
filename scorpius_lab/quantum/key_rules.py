"""What is judged about the lab's own keys: their age and their algorithm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from scorpius_lab.core.configuration_sections import duration_text
from scorpius_lab.core.findings import Finding, Location, LocationKind
from scorpius_lab.core.observations import Asset, Observation, State
from scorpius_lab.core.rules import Rule, Severity

if TYPE_CHECKING:
    from scorpius_lab.quantum.keystore import Keyset, KeyVersion, Policy

KEY_AGE: Final = Rule(
    id="quantum.keys.rotation",
    version=1,
    title="Primary keys are not older than the rotation interval",
    severity=Severity.MEDIUM,
    remedy="Run `scorpius quantum keys rotate --due`, or schedule it.",
    description="How long the primary of each keyset has been that, against `quantum_config.key_rotation_interval`.",
    requirements=("pci_dss:3.7.4", "iso27001:A.8.24"),
    tags=("keys",),
)
KEY_ALGORITHM: Final = Rule(
    id="quantum.keys.algorithm",
    version=1,
    title="Enabled keys are of algorithms that the policy allows",
    severity=Severity.HIGH,
    remedy="Rotate to an allowed algorithm, rewrap what was encrypted to the old key, then disable it.",
    description="The algorithm of every enabled version, against `quantum_config.allowed_algorithms`.",
    requirements=("pci_dss:12.3.3", "iso27001:A.8.24"),
    tags=("keys",),
)
RULES: Final = (KEY_AGE, KEY_ALGORITHM)


def keyset_asset(purpose: str) -> Asset:
    """The keyset of a purpose as a thing that can be right or wrong."""
    return Asset("keyset", purpose)


def judge(keyset: Keyset, policy: Policy, interval: timedelta, now: datetime) -> Iterator[Observation]:
    """One observation for each rule: pass or fail, with the age in days or the algorithms that are not allowed."""
    asset, primary = keyset_asset(keyset.purpose), keyset.version()
    age = now - (primary.activated_at or primary.created_at)
    days = age.total_seconds() / 86_400
    overdue = age > interval
    yield Observation(
        KEY_AGE,
        asset,
        State.FAIL if overdue else State.PASS,
        f"version {primary.number} has been primary for {days:.1f} days; the interval is {duration_text(interval)}",
        value=days,
        unit="days",
        effective_at=now,
    )
    refused = _refused(keyset.enabled(), policy)
    yield Observation(
        KEY_ALGORITHM,
        asset,
        State.FAIL if refused else State.PASS,
        f"not allowed: {', '.join(refused)}" if refused else f"all enabled versions are allowed ({primary.algorithm})",
        effective_at=now,
    )


def finding_of(observation: Observation) -> Finding:
    """The finding of an observation that failed."""
    name = observation.asset.name
    return Finding(
        rule=observation.rule,
        asset=observation.asset,
        location=Location(LocationKind.HOST, f"keyset {name}", {"subject": f"keyset {name}"}),
        message=f"keyset {name}: {observation.reason}",
        effective_at=observation.effective_at,
    )


def _refused(versions: tuple[KeyVersion, ...], policy: Policy) -> list[str]:
    allowed = policy.allowed_names("kem") | policy.allowed_names("signature")
    return [f"version {one.number} ({one.algorithm})" for one in versions if one.algorithm not in allowed]
