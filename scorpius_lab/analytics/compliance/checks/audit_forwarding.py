"""Do logs leave this host, out of the reach of whoever takes it over?"""

from __future__ import annotations

import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import folder_texts, merged_settings
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

SHIPPERS = frozenset({
    "filebeat", "auditbeat", "fluent-bit", "fluentd", "vector", "promtail", "alloy", "splunkd", "nxlog", "otelcol",
    "wazuh-agentd", "ossec-agentd", "osqueryd", "amazon-cloudwatch-agent",
})  # fmt: skip
_FORWARD = re.compile(r"^[^#\n]*(?:\s@@?[\[\w]|omfwd|omrelp|omelasticsearch|omkafka)", re.MULTILINE)
RULE = Rule(
    id="host.audit.forwarding",
    version=1,
    title="Logs are sent to another host",
    severity=Severity.MEDIUM,
    description="Who is root can change every log on the host; a copy elsewhere cannot be changed from here.",
    remedy="Set up systemd-journal-upload, rsyslog forwarding over TLS, or a log shipper.",
    requirements=speaks_to(soc2="CC7.2", iso="A.8.15", pci="10.3.3", hipaa="164.312(b) 164.312(c)(1)", gdpr="32"),
    techniques=("T1070.002",),
)
CANARY = FakeHost(files={"/proc/1/comm": "systemd", "/etc/rsyslog.conf": "# *.* @@log.example\n*.* /var/log/syslog\n"})


def judge(view: HostView) -> Verdict:
    """Look for a shipper that runs, or a forwarding rule."""
    running = view.processes()
    if not running:
        return not_applicable("No process is running here.")
    shippers = sorted(name for name in running if name in {shipper[:15] for shipper in SHIPPERS})
    if shippers:
        return judged([], good=f"{shippers[0]} sends logs on", bad="", shippers=shippers)
    texts = {
        "/etc/rsyslog.conf": view.read_text("/etc/rsyslog.conf") or "",
        **folder_texts(view, "/etc/rsyslog.d", ".conf"),
    }
    forwarding = [path for path, text in texts.items() if _FORWARD.search(text)]
    if forwarding and "rsyslogd" in running:
        return judged([], good=f"rsyslog forwards logs ({forwarding[0]})", bad="")
    uploading = "systemd-journal" in running and view.stat(
        "/run/systemd/units/invocation:systemd-journal-upload.service"
    )
    if uploading and merged_settings(view, "/etc/systemd/journal-upload.conf").get("URL"):
        return judged([], good="systemd-journal-upload sends the journal on", bad="")
    offender = Offender("forwarding", "No running program sends logs to another host.")
    return judged([offender], good="", bad="Logs stay on this host")


CHECK = Check(RULE, judge, CANARY, planted="a forwarding rule that is commented out")
