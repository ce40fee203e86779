"""ATT&CK techniques as the strip shows them: short names and tactics of those our own rules speak of.

Technique ids and tactics are those of MITRE ATT&CK (a trademark of The MITRE Corporation); a technique that is not
listed keeps its id as its name and takes its tactic from the tags of the rule that names it.
"""

from __future__ import annotations

from collections.abc import Iterable

TACTICS = (
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "stealth", "defense-impairment", "credential-access", "discovery", "lateral-movement",
    "collection", "command-and-control", "exfiltration", "impact",
)  # fmt: skip
OTHER = "other"

NAMES: dict[str, tuple[str, str]] = {
    "T1589.001": ("Gather credentials", "reconnaissance"),
    "T1588.002": ("Obtain tools", "resource-development"),
    "T1078": ("Valid accounts", "initial-access"),
    "T1078.003": ("Local accounts", "initial-access"),
    "T1078.004": ("Cloud accounts", "initial-access"),
    "T1059.001": ("PowerShell", "execution"),
    "T1059.004": ("Unix shell", "execution"),
    "T1053.003": ("Cron", "execution"),
    "T1053.005": ("Scheduled task", "execution"),
    "T1569.002": ("Service execution", "execution"),
    "T1098.007": ("Group membership", "persistence"),
    "T1136.001": ("New local account", "persistence"),
    "T1543.003": ("Windows service", "persistence"),
    "T1548.003": ("sudo abuse", "privilege-escalation"),
    "T1027.010": ("Obscured commands", "defense-evasion"),
    "T1070.001": ("Clear event logs", "defense-evasion"),
    "T1070.002": ("Clear Linux logs", "defense-evasion"),
    "T1070.003": ("Clear history", "defense-evasion"),
    "T1140": ("Decode and run", "defense-evasion"),
    "T1562.001": ("Impair tools", "defense-evasion"),
    "T1562.004": ("Impair firewall", "defense-evasion"),
    "T1562.008": ("Impair cloud logs", "defense-evasion"),
    "T1562.012": ("Impair audit", "defense-evasion"),
    "T1003.001": ("LSASS memory", "credential-access"),
    "T1003.008": ("shadow file", "credential-access"),
    "T1110": ("Brute force", "credential-access"),
    "T1110.001": ("Password guessing", "credential-access"),
    "T1110.003": ("Password spraying", "credential-access"),
    "T1046": ("Network scan", "discovery"),
    "T1021.004": ("SSH", "lateral-movement"),
    "T1105": ("Tool transfer", "command-and-control"),
    "T1490": ("Inhibit recovery", "impact"),
    "T1531": ("Account lockout", "impact"),
}


def name_of(technique: str) -> str:
    """The short name of a technique, or its id."""
    return NAMES.get(technique, (technique, ""))[0]


def tactic_of(technique: str, tags: Iterable[str]) -> str:
    """The tactic a technique is shown under; for those not listed, the first one its rule is tagged with."""
    listed = NAMES.get(technique, ("", ""))[1]
    if listed:
        return listed
    names = (tag.lower().removeprefix("attack.").replace("_", "-") for tag in tags)
    return next((name for name in names if name in TACTICS), OTHER)
