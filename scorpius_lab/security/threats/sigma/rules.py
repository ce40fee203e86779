"""Sigma rules as this engine holds them: who wrote them, which log they need, and the SQL they became.

Rules are converted one by one, so that a bad one costs only itself; each that cannot run says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from scorpius_lab.core.identity import content_id
from scorpius_lab.core.rules import Confidence, Rule, Severity
from scorpius_lab.errors import MissingExtra
from scorpius_lab.security.threats.sigma.columns import Columns
from scorpius_lab.security.threats.sigma.sources import OWN_RULES, RuleText, rule_texts

if TYPE_CHECKING:
    from sigma.correlations import SigmaCorrelationRule
    from sigma.rule import SigmaRule

    from scorpius_lab.security.threats.sigma.backend import DuckDBBackend

LEVELS = {"informational": Severity.INFO, **{s.value: s for s in Severity}}
CONFIDENCE = {"stable": Confidence.HIGH, "test": Confidence.MEDIUM}
MAX_NODES = 100_000  # values in one rule once YAML aliases are followed
MONITORING = ("soc2:CC7.2", "soc2:CC7.3", "iso27001:A.8.16", "pci_dss:10.4.1", "hipaa:164.308(a)(1)(ii)(D)")
COUNTED = ("event_count", "value_count")


@dataclass(frozen=True, slots=True)
class LogSource:
    """What a rule says it must be run on; empty parts do not restrict."""

    product: str = ""
    category: str = ""
    service: str = ""

    @property
    def label(self) -> str:
        """`windows/process_creation`, `linux/sshd`, `any`."""
        return "/".join(part for part in (self.product, self.category, self.service) if part) or "any"


@dataclass(frozen=True, slots=True)
class Correlation:
    """How often matches of other rules must occur within a sliding window to matter."""

    kind: str
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    seconds: int
    operator: str
    count: float
    value_field: str | None = None


@dataclass(frozen=True, slots=True)
class ThreatRule:
    """One rule: its description for reports, the log it needs, and either `sql`, a `correlation` or a `problem`.

    `sql` is a boolean expression over `columns`; `quiet` rules only feed a correlation and make no findings.
    """

    rule: Rule
    name: str
    level: str
    logsource: LogSource
    file: str
    false_positives: tuple[str, ...] = ()
    sql: str | None = None
    columns: frozenset[str] = frozenset()
    correlation: Correlation | None = None
    problem: str | None = None
    quiet: bool = False
    references: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that will run together, the columns they share, and the files that hold no rule."""

    rules: tuple[ThreatRule, ...]
    columns: Columns
    not_rules: tuple[tuple[str, str], ...] = ()

    @property
    def runnable(self) -> tuple[ThreatRule, ...]:
        """The rules without a problem."""
        return tuple(rule for rule in self.rules if rule.problem is None)


def load_rules(folders: Iterable[Path] = (), *, own: bool = True) -> RuleSet:
    """This package's rules (unless `own` is False) and those of `folders` (folders, files, zips), ready to run.

    Two rules with one id: the first stays, the other says so as its problem. Raises FormatError for a path without
    rules and MissingExtra without pySigma.
    """
    texts = [*(rule_texts(OWN_RULES, own=True) if own else ())]
    for folder in folders:
        texts.extend(rule_texts(folder))
    return rules_of(texts)


def rules_of(texts: Iterable[RuleText]) -> RuleSet:
    """Rule files, already read, as rules ready to run. Raises MissingExtra without pySigma."""
    try:
        from scorpius_lab.security.threats.sigma.backend import DuckDBBackend
    except ImportError:
        raise MissingExtra("Sigma rules need the pysigma package; install scorpius-lab[threats]") from None
    columns = Columns()
    backend = DuckDBBackend(columns)
    rules: list[ThreatRule] = []
    others: list[tuple[str, str]] = []
    for text in texts:
        for item in _rules_of(text, backend):
            if isinstance(item, ThreatRule):
                rules.append(item)
            else:
                others.append(item)
    return RuleSet(tuple(_linked(_unique(rules))), columns, tuple(others))


def _unique(rules: list[ThreatRule]) -> list[ThreatRule]:
    seen: dict[str, str] = {}
    result = []
    for rule in rules:
        other = seen.setdefault(rule.rule.id, rule.file)
        if other is not rule.file:
            problem = f"another rule with the same id was read before, from {other}"
            described = replace(rule.rule, id=f"{rule.rule.id}.{content_id(rule.file)[:8]}")
            result.append(replace(rule, rule=described, problem=problem, sql=None, correlation=None))
        else:
            result.append(rule)
    return result


def _linked(rules: list[ThreatRule]) -> list[ThreatRule]:
    """Correlations point to rule ids; rules they use and do not also report become quiet."""
    names = {key: rule for rule in rules for key in (rule.name, rule.rule.id.removeprefix("threats.sigma.")) if key}
    quiet: set[str] = set()
    linked = []
    for rule in rules:
        if rule.correlation is None:
            linked.append(rule)
            continue
        found = [names.get(reference) for reference in rule.correlation.rules]
        bad = [r for r, f in zip(rule.correlation.rules, found, strict=True) if f is None or f.problem]
        if bad:
            linked.append(replace(rule, correlation=None, problem=f"it needs the rule {bad[0]!r}, which cannot run"))
            continue
        ids = tuple(f.rule.id for f in found if f is not None)
        source = next(f.logsource for f in found if f is not None)
        linked.append(replace(rule, correlation=replace(rule.correlation, rules=ids), logsource=source))
        if not rule.quiet:
            quiet |= set(ids)
    return [replace(rule, quiet=rule.rule.id in quiet) for rule in linked]


def _rules_of(text: RuleText, backend: DuckDBBackend) -> Iterator[ThreatRule | tuple[str, str]]:
    import yaml

    if text.problem:
        yield _unreadable(text, text.problem)
        return
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.load_all(text.text, Loader=loader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield _unreadable(text, f"not readable as YAML: {' '.join(str(error).split())[:200]}")
        return
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, Mapping) or not ({"detection", "correlation"} & document.keys()):
            yield text.name, "no detection and no correlation in it"
        elif _nodes(document) > MAX_NODES:
            yield _unreadable(text, f"more than {MAX_NODES:,} values once its aliases are followed")
        else:
            yield _rule_of(dict(document), text, backend)


def _nodes(value: object) -> int:
    """How many values a document holds, counting no further than the limit."""
    count, waiting = 0, [value]
    while waiting and count <= MAX_NODES:
        item = waiting.pop()
        count += 1
        if isinstance(item, Mapping):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return count


def _unreadable(text: RuleText, problem: str) -> ThreatRule:
    rule = Rule(
        id=f"threats.sigma.unreadable.{content_id(text.name)[:16]}",
        version=1,
        title=f"Rule file {text.name}",
        severity=Severity.INFO,
        remedy="Mend the rule file or leave it out.",
        tags=("sigma",),
    )
    return ThreatRule(rule, "", "informational", LogSource(), text.name, problem=problem)


def _rule_of(document: dict[str, Any], text: RuleText, backend: DuckDBBackend) -> ThreatRule:
    described = _described(document, text)
    try:
        if "correlation" in document:
            return _with_correlation(described, document)
        return _with_sql(described, document, backend)
    except Exception as error:  # noqa: BLE001 (pySigma raises what it likes on bad rules; one rule must not cost others)
        backend.columns.take_used()
        return replace(described, problem=_words(error))


def _words(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text.split(" (while ")[0][:300]


def _with_sql(described: ThreatRule, document: dict[str, Any], backend: DuckDBBackend) -> ThreatRule:
    from sigma.rule import SigmaRule

    parsed: SigmaRule = SigmaRule.from_dict(document)
    expressions = backend.convert_rule(parsed)
    columns = backend.columns.take_used()
    if not expressions or not columns:
        return replace(described, problem="its condition tests nothing")
    return replace(described, sql=" OR ".join(f"({e})" for e in expressions), columns=columns)


def _with_correlation(described: ThreatRule, document: dict[str, Any]) -> ThreatRule:
    from sigma.correlations import SigmaCorrelationRule

    parsed: SigmaCorrelationRule = SigmaCorrelationRule.from_dict(document)
    kind = parsed.type.name.lower()
    if kind not in COUNTED:
        return replace(described, problem=f"correlations of type {kind} cannot run yet; {' and '.join(COUNTED)} can")
    if parsed.aliases.aliases:
        return replace(described, problem="correlations with field aliases cannot run yet")
    from sigma.correlations import SigmaCorrelationCondition

    if not isinstance(parsed.condition, SigmaCorrelationCondition):
        return replace(described, problem="conditions over several rules cannot run yet")
    value = parsed.condition.fieldref
    if isinstance(value, list):
        return replace(described, problem="counting several fields together cannot run yet")
    if kind == "value_count" and not value:
        return replace(described, problem="a value count must name its field")
    operators = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "EQ": "=", "NEQ": "<>"}
    correlation = Correlation(
        kind=kind,
        rules=tuple(reference.reference for reference in parsed.rules or ()),
        group_by=tuple(parsed.group_by or ()),
        seconds=parsed.timespan.seconds,
        operator=operators[parsed.condition.op.name],
        count=float(parsed.condition.count),
        value_field=value,
    )
    return replace(described, correlation=correlation, quiet=False)


def _described(document: Mapping[str, Any], text: RuleText) -> ThreatRule:
    sigma_id = str(document.get("id") or content_id(text.name, str(document.get("title")))[:32])
    stem = PurePosixPath(text.name).stem.replace("_", "-")
    level = str(document.get("level") or "medium").lower()
    tags = tuple(str(tag) for tag in _list(document.get("tags")))
    source = document.get("logsource") if isinstance(document.get("logsource"), Mapping) else {}
    references = tuple(str(item) for item in _list(document.get("references")))
    falses = tuple(str(item) for item in _list(document.get("falsepositives")))
    rule = Rule(
        id=f"threats.{stem}" if text.own and document.get("name") == stem else f"threats.sigma.{sigma_id}",
        version=_version(document),
        title=str(document.get("title") or text.name)[:300],
        severity=LEVELS.get(level, Severity.MEDIUM),
        confidence=CONFIDENCE.get(str(document.get("status") or ""), Confidence.LOW),
        description=str(document.get("description") or "").strip(),
        remedy=_remedy(document, falses),
        requirements=MONITORING,
        techniques=tuple(_technique(tag) for tag in tags if _technique(tag)),
        references=references,
        author=str(document.get("author") or ""),
        tags=("sigma", *tags),
    )
    parts = {part: str((source or {}).get(part) or "").lower() for part in ("product", "category", "service")}
    name = str(document.get("name") or "")
    return ThreatRule(rule, name, level, LogSource(**parts), text.name, falses, references=references)


def _version(document: Mapping[str, Any]) -> int:
    """The day a rule was last changed, as the number 20260131; 1 if it does not say."""
    digits = re.sub(r"\D", "", str(document.get("modified") or document.get("date") or ""))
    return int(digits) if len(digits) == len("20260131") else 1


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _technique(tag: str) -> str:
    """`attack.t1110.001` as `T1110.001`; empty for other tags."""
    name = tag.lower().removeprefix("attack.")
    return name.upper() if tag.lower().startswith("attack.t") and name[1:2].isdigit() else ""


def _remedy(document: Mapping[str, Any], falses: tuple[str, ...]) -> str:
    said = document.get("remedy")
    if isinstance(said, str) and said.strip():
        return " ".join(said.split())
    known = f" Known harmless causes: {'; '.join(text.rstrip('. ') for text in falses)}." if falses else ""
    return f"Look at the matching records and decide whether this was expected.{known}"
