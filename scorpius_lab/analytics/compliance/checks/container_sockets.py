"""Who can command the container engine?"""

from __future__ import annotations

import json

from scorpius_lab.analytics.compliance.fake_host import FakeFile, FakeHost
from scorpius_lab.analytics.compliance.verdict import Check, Offender, Verdict, judged, not_applicable, speaks_to
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity

SOCKETS = ("/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock",
           "/run/crio/crio.sock")  # fmt: skip
DAEMON = "/etc/docker/daemon.json"
RULE = Rule(
    id="host.container.sockets",
    version=1,
    title="Only root and its group can command the container engine",
    severity=Severity.HIGH,
    description="Whoever can write the engine's socket is root; a daemon on a TCP port gives root to the network.",
    remedy="`chmod 0660 SOCKET`; remove tcp:// hosts without tlsverify and insecure-registries from daemon.json.",
    requirements=speaks_to(
        soc2="CC6.1 CC6.6", iso="A.8.2 A.8.20", pci="2.2.6 7.2.2", hipaa="164.312(a)(1) 164.312(e)(1)", gdpr="32"
    ),
    techniques=("T1610",),
)
CANARY = FakeHost(files={"/run/docker.sock": FakeFile(mode=0o666, kind="socket")})


def judge(view: HostView) -> Verdict:
    """Judge sockets and the daemon's settings."""
    offenders, looked = [], 0
    for path in SOCKETS:
        status = view.try_stat(path)
        if status is None:
            continue
        looked += 1
        if status.mode & 0o002:
            offenders.append(Offender(path, f"Everybody can command the engine through {path} ({status.octal}).", path))
        if status.uid != 0:
            offenders.append(Offender(f"owner of {path}", f"{path} belongs to user {status.uid}.", path))
    text = view.try_read(DAEMON)
    if text is not None:
        looked += 1
        offenders += _daemon(json.loads(text))
    if not looked:
        return not_applicable("No container engine listens here.")
    return judged(
        offenders, good="The container engine obeys root only", bad="The engine obeys others", looked_at=looked
    )


def _daemon(settings: dict[str, object]) -> list[Offender]:
    hosts = settings.get("hosts")
    plain = [str(host) for host in hosts if str(host).startswith("tcp://")] if isinstance(hosts, list) else []
    found = [
        Offender(f"host {host}", f"The daemon listens on {host} without TLS.", DAEMON, Severity.CRITICAL)
        for host in plain
        if not settings.get("tlsverify")
    ]
    if settings.get("insecure-registries"):
        found.append(Offender("insecure-registries", "Images are fetched without TLS.", DAEMON, Severity.MEDIUM))
    return found


CHECK = Check(RULE, judge, CANARY, planted="an engine's socket everybody can write", worst=Severity.CRITICAL)
