"""A rule: what a check, a detector or a log rule says about itself, beside its logic."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scorpius_lab.core.identity import content_id


class Severity(StrEnum):
    """How bad it is if true, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical."""
        return list(reversed(Severity)).index(self)


class Confidence(StrEnum):
    """How sure the rule is that it is true."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Rule:
    """Identity and explanation of one rule, whichever engine it belongs to.

    `id` is stable and unique across engines, `engine.topic.name` (`host.ssh.root-login`). `version` grows with the
    logic; a finding keeps its identity over versions. `requirements` are `framework:id` pairs such as `soc2:CC6.1`
    that the rule's outcome is *candidate evidence* for. `techniques` are ATT&CK ids.
    """

    id: str
    version: int
    title: str
    severity: Severity
    remedy: str
    confidence: Confidence = Confidence.HIGH
    description: str = ""
    requirements: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    author: str = ""
    tags: tuple[str, ...] = ()

    @property
    def content_id(self) -> str:
        """Names this exact wording and version of the rule."""
        return content_id(*(getattr(self, name) for name in self.__slots__))
