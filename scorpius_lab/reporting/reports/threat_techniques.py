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
    "T1592.002": ("Gather software information", "reconnaissance"),
    "T1589.001": ("Gather credentials", "reconnaissance"),
    "T1588.002": ("Obtain tools", "resource-development"),
    "T1078": ("Valid accounts", "initial-access"),
    "T1078.003": ("Local accounts", "initial-access"),
    "T1078.004": ("Cloud accounts", "initial-access"),
    "T1091": ("Removable media", "initial-access"),
    "T1133": ("External remote services", "initial-access"),
    "T1190": ("Exploit public-facing application", "initial-access"),
    "T1195.001": ("Compromise of dependencies", "initial-access"),
    "T1195.002": ("Compromise of the supply chain", "initial-access"),
    "T1610": ("Deploy container", "execution"),
    "T1059.001": ("PowerShell", "execution"),
    "T1059.004": ("Unix shell", "execution"),
    "T1053.003": ("Cron", "execution"),
    "T1053.005": ("Scheduled task", "execution"),
    "T1569.002": ("Service execution", "execution"),
    "T1098.007": ("Group membership", "persistence"),
    "T1136.001": ("New local account", "persistence"),
    "T1543.003": ("Windows service", "persistence"),
    "T1547.006": ("Kernel modules", "persistence"),
    "T1554": ("Compromise of host programs", "persistence"),
    "T1574.007": ("Path interception by PATH", "persistence"),
    "T1068": ("Exploitation for privilege escalation", "privilege-escalation"),
    "T1548": ("Abuse of elevation control", "privilege-escalation"),
    "T1548.001": ("setuid and setgid", "privilege-escalation"),
    "T1548.003": ("sudo abuse", "privilege-escalation"),
    "T1027.010": ("Obscured commands", "defense-evasion"),
    "T1070.001": ("Clear event logs", "defense-evasion"),
    "T1070.002": ("Clear Linux logs", "defense-evasion"),
    "T1070.003": ("Clear history", "defense-evasion"),
    "T1070.006": ("Timestomp", "defense-evasion"),
    "T1211": ("Exploitation for defense evasion", "defense-evasion"),
    "T1222.002": ("Change of file permissions", "defense-evasion"),
    "T1140": ("Decode and run", "defense-evasion"),
    "T1562.001": ("Impair tools", "defense-evasion"),
    "T1562.004": ("Impair firewall", "defense-evasion"),
    "T1562.008": ("Impair cloud logs", "defense-evasion"),
    "T1562.012": ("Impair audit", "defense-evasion"),
    "T1003.001": ("LSASS memory", "credential-access"),
    "T1003.008": ("shadow file", "credential-access"),
    "T1110": ("Brute force", "credential-access"),
    "T1110.001": ("Password guessing", "credential-access"),
    "T1110.002": ("Password cracking", "credential-access"),
    "T1110.003": ("Password spraying", "credential-access"),
    "T1552.001": ("Credentials in files", "credential-access"),
    "T1552.004": ("Private keys", "credential-access"),
    "T1557": ("Adversary in the middle", "credential-access"),
    "T1083": ("File discovery", "discovery"),
    "T1046": ("Network scan", "discovery"),
    "T1021.004": ("SSH", "lateral-movement"),
    "T1005": ("Data from local system", "collection"),
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
