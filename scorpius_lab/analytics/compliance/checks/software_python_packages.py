"""Which Python packages are installed, and can their origin be told?"""

from __future__ import annotations

import json
import os
import re

from scorpius_lab.analytics.compliance.fake_host import FakeHost
from scorpius_lab.analytics.compliance.readings import all_of
from scorpius_lab.analytics.compliance.sbom import InstalledPackage, cyclonedx_json
from scorpius_lab.analytics.compliance.verdict import (
    ANY_SYSTEM,
    Check,
    Exhibit,
    Offender,
    Verdict,
    judged,
    not_applicable,
    speaks_to,
)
from scorpius_lab.analytics.compliance.view import HostView
from scorpius_lab.core.rules import Rule, Severity
from scorpius_lab.errors import MissingExtra

_HEADER = re.compile(rb"^(Name|Version): *(.+?)\r?$", re.MULTILINE)
RULE = Rule(
    id="host.software.python-packages",
    version=1,
    title="Every Python package is listed once and comes from a checked origin",
    severity=Severity.MEDIUM,
    description=(
        "Reads the metadata of installed distributions. Two versions of one package, missing names, and installs from "
        "plain http or an archive without a hash are violations. Evidence: a CycloneDX 1.6 bill of materials."
    ),
    remedy="Reinstall the package from the index with `pip install --require-hashes`, into a fresh environment.",
    requirements=speaks_to(
        soc2="CC7.1 CC6.8", iso="A.5.9 A.8.19 A.5.21", pci="6.3.2 12.5.1", hipaa="164.308(a)(1)(ii)(A)", gdpr="32"
    ),
    techniques=("T1195.001",),
    references=("CycloneDX 1.6", "PEP 610"),
    tags=("slow",),
)
CANARY = FakeHost(
    files={
        "/venv/site-packages/planted-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n",
        "/venv/site-packages/planted-1.0.dist-info/direct_url.json": (
            '{"url": "http://files.example/planted.tar.gz", "archive_info": {}}'
        ),
    },
    environment={"python_path": "/venv/site-packages"},
)


def judge(view: HostView) -> Verdict:
    """Judge each distribution's metadata, and make the bill of materials."""
    folders = [folder for folder in view.environment.get("python_path", "").split(os.pathsep) if folder]
    packages, offenders = [], []
    for folder in folders:
        for entry in view.list(folder):
            if entry.endswith(".dist-info"):
                package, wrong = _read(view, f"{folder}/{entry}")
                packages += [package] if package else []
                offenders += wrong
    if not packages and not offenders:
        return not_applicable("No Python packages are installed for this interpreter.")
    offenders += _repeated(packages)
    document, note = _bill_of_materials(packages)
    return judged(
        offenders,
        good=f"{all_of(len(packages), 'Python package')} listed once and of checked origin",
        bad="Python packages of doubtful origin",
        looked_at=len(packages),
        exhibits=document,
        bill_of_materials=note,
    )


def _bill_of_materials(packages: list[InstalledPackage]) -> tuple[list[Exhibit], str]:
    """The packages are judged without the library too; only the evidence is poorer then."""
    try:
        document = cyclonedx_json(packages)
    except MissingExtra as missing:
        listing = "\n".join(f"{package.name}=={package.version}" for package in sorted(packages)).encode()
        return [Exhibit("list of Python packages", listing)], str(missing)
    media_type = "application/vnd.cyclonedx+json; version=1.6"
    return [Exhibit("CycloneDX bill of materials", document, media_type)], "CycloneDX 1.6, strictly validated"


def _read(view: HostView, folder: str) -> tuple[InstalledPackage | None, list[Offender]]:
    content = view.read_unrecorded(f"{folder}/METADATA") or b""
    fields = {key.decode(): value.decode(errors="replace") for key, value in reversed(_HEADER.findall(content[:8192]))}
    name, version = fields.get("Name"), fields.get("Version")
    if not name or not version:
        label = folder.rsplit("/", 1)[-1]
        return None, [Offender(label, f"{label} has no name or version in its metadata.", folder)]
    direct = view.read_unrecorded(f"{folder}/direct_url.json")
    origin, wrong = _origin(name, json.loads(direct)) if direct else ("", [])
    return InstalledPackage(name, version, origin), [Offender(subject, text, folder) for subject, text in wrong]


def _origin(name: str, direct: dict[str, object]) -> tuple[str, list[tuple[str, str]]]:
    """Where a package came from if not from an index (PEP 610), and what is wrong with that."""
    url = re.sub(r"://[^/@]*@", "://", str(direct.get("url", "")))
    archive = direct.get("archive_info")
    if url.startswith("http://"):
        return url, [(name, f"{name} was installed over plain http.")]
    if (
        isinstance(archive, dict)
        and not archive.get("hash")
        and not archive.get("hashes")
        and not url.startswith("file:")
    ):
        return url, [(name, f"{name} was installed from an archive without a hash.")]
    return "" if url.startswith("file:") else url, []


def _repeated(packages: list[InstalledPackage]) -> list[Offender]:
    versions: dict[str, set[str]] = {}
    for package in packages:
        versions.setdefault(re.sub(r"[-_.]+", "-", package.name).lower(), set()).add(package.version)
    return [
        Offender(name, f"{name} is installed in {len(found)} versions: {', '.join(sorted(found))}.")
        for name, found in versions.items()
        if len(found) > 1
    ]


CHECK = Check(RULE, judge, CANARY, planted="a package installed over plain http", systems=ANY_SYSTEM, time_limit=20.0)
