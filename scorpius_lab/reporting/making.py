"""One report from snapshot to signed bundle, stage by stage."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.runs import Progress
from scorpius_lab.core.secrets import resolve
from scorpius_lab.core.snapshot_keys import keep_snapshot_key, new_snapshot_key
from scorpius_lab.errors import NotebookFailed, ReportError, UsageError
from scorpius_lab.reporting.bundle import Bundle, CitedBlob, verify_commands, write_bundle
from scorpius_lab.reporting.cited import CitingLab, cited_blobs, cited_ids, kept_in_encrypted_lab, without_masked
from scorpius_lab.reporting.environment import code_version, described
from scorpius_lab.reporting.execute import execute_notebook, read_notebook
from scorpius_lab.reporting.leaks import secret_values
from scorpius_lab.reporting.manifest import NOTEBOOK, SNAPSHOT, ReportFacts, ReportState
from scorpius_lab.reporting.notebook_spec import parameter_names
from scorpius_lab.reporting.parameters import injected, secret_names
from scorpius_lab.reporting.plan import Plan
from scorpius_lab.reporting.report import SNAPSHOT_KEY
from scorpius_lab.reporting.results import RESULT_MIME
from scorpius_lab.reporting.snapshot import Snapshot, recorded, take_snapshot

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from scorpius_lab.core.signing import SigningIdentity
    from scorpius_lab.reporting.cold_kernels import ColdKernels
    from scorpius_lab.reporting.kernel_pool import KernelPool

STAGES = 3  # snapshot, page, bundle: what is counted beside the cells


class ReportLab(CitingLab, Protocol):
    """The part of a lab that making reports needs."""

    @property
    def configuration(self) -> Any:
        """The lab's configuration."""

    @property
    def key_folder(self) -> Path:
        """Where the lab's keys lie."""

    @property
    def audit(self) -> AuditSink:
        """The lab's audit log."""

    @property
    def path(self) -> Path:
        """The lab's folder."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all reports of one call share. `timeout` is in seconds a cell, `slots` how many kernels run at once."""

    lab: ReportLab
    pool: KernelPool | ColdKernels
    identity: SigningIdentity
    timeout: int | None = None
    slots: threading.Semaphore = field(default_factory=threading.Semaphore)


def make_report(shop: Workshop, plan: Plan, progress: Progress) -> Bundle:
    """Make one bundle; a failed notebook gives one that is marked failed. `progress` counts cells and stages.

    Raises QueryError (a snapshot query), BundleError (a secret in an output, damaged evidence), StoreError, and
    ReportError where a file cannot be written.
    """
    try:
        return _make(shop, plan, progress)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReportError(f"report {plan.spec.name} could not be written to {plan.folder}: {reason}") from error


def _make(shop: Workshop, plan: Plan, progress: Progress) -> Bundle:
    total = len(plan.node.cells) + STAGES
    with tempfile.TemporaryDirectory(prefix="scorpius-report-") as name:
        work = Path(name)
        data_key = getattr(shop.lab, "data_key", None)
        key = new_snapshot_key() if data_key else None
        progress(0, total, "snapshot")
        snapshot = take_snapshot(
            shop.lab,
            plan.spec,
            plan.parameters,
            work / SNAPSHOT,
            redact=plan.redact,
            meta=facts_for_notebook(shop, plan),
            key=key,
            commit=partial(log_entry, shop, plan),
            lenient=plan.supplied,
        )
        progress(1, total, "starting")
        with shop.slots:
            node, error = run_notebook(shop, plan, work, lambda done, _, text: progress(1 + done, total, text), key)
        progress(total - 2, total, "page")
        html = page(shop.lab, plan, node)
        progress(total - 1, total, "bundle")
        bundle = write_bundle(
            plan.folder,
            html=html,
            notebook=node,
            snapshot_path=snapshot.path,
            evidence=evidence_for(shop.lab, snapshot, key),
            environment=described(),
            manifest_fields=facts_for_manifest(plan, snapshot, node, error),
            signer=shop.identity,
            pdf=printed(html) if plan.pdf else None,
            secrets=secrets_to_look_for(plan),
            snapshot_key=key,
        )
    if key and data_key:
        keep_snapshot_key(shop.lab.key_folder, bundle.manifest.sha256_of(SNAPSHOT), key, data_key)
    progress(total, total, "done" if not error else "failed")
    return bundle


def evidence_for(lab: ReportLab, snapshot: Snapshot, key: str | None) -> list[CitedBlob]:
    """The blobs the report cites; those that must not leave the lab are marked to be withheld."""
    blobs = without_masked(cited_blobs(lab, cited_ids(snapshot.path, key)), snapshot.masked_texts)
    return kept_in_encrypted_lab(blobs) if key else blobs


def facts_for_notebook(shop: Workshop, plan: Plan) -> dict[str, object]:
    """What the notebook finds in `report.meta` and may print: nothing here says that anything was verified."""
    signer = shop.identity.signer
    return {
        "lab": shop.lab.name,
        "report": plan.spec.name,
        "title": plan.spec.title,
        "code_version": code_version(),
        "signer": signer.id,
        "signer_short": signer.short_id,
        "commands": verify_commands(signer),
        "organisation": plan.parameters.organisation or organisation(shop.lab),
    }


def organisation(lab: ReportLab) -> str:
    """The name on covers from the configuration."""
    reporting = getattr(lab.configuration, "reporting", None)
    return str(getattr(reporting, "organisation", ""))


def log_entry(shop: Workshop, plan: Plan, run_ids: Sequence[str], rows: Mapping[str, int]) -> dict[str, object]:
    """Enter what the report reads in the lab's audit log, so that the page can name the entry."""
    detail = {"report": plan.spec.name, "as_of": plan.as_of, "runs": list(run_ids), "rows": dict(rows)}
    entry = shop.lab.audit.record("report.inputs", plan.folder.name, detail=detail)
    return {"log_entry": entry}


def run_notebook(
    shop: Workshop, plan: Plan, work: Path, progress: Progress, key: str | None = None
) -> tuple[NotebookNode, str]:
    """The executed notebook and what it failed with ("" if it did not). The kernel works where the snapshot lies."""
    values = injected(plan.parameters, parameter_names(plan.node), SNAPSHOT)
    target = work / NOTEBOOK
    try:
        node = execute_notebook(
            plan.notebook,
            values,
            target,
            pool=shop.pool,
            progress=progress,
            timeout=shop.timeout,
            cwd=work,
            environment={SNAPSHOT_KEY: key} if key else None,
        )
    except NotebookFailed as error:
        return read_notebook(target), str(error)
    return node, ""


def page(lab: ReportLab, plan: Plan, node: NotebookNode) -> str:
    """The HTML of the executed notebook."""
    from scorpius_lab.reporting.html import render

    reporting = getattr(lab.configuration, "reporting", None)
    footer = f"{plan.spec.title}, as of {plan.as_of:%Y-%m-%d %H:%M} UTC"
    return render(
        node,
        title=sentence(node, "masthead") or plan.spec.title,
        running_footer=footer,
        live_charts=bool(getattr(reporting, "live_charts", False)),
    )


def printed(html: str) -> bytes:
    """The page as PDF. Raises MissingProgram if there is no Chromium."""
    from scorpius_lab.reporting.pdf import html_to_pdf

    return html_to_pdf(html)


def facts_for_manifest(plan: Plan, snapshot: Snapshot, node: NotebookNode, error: str) -> ReportFacts:
    """What the manifest says about the report."""
    title = sentence(node, "masthead") or plan.spec.title
    return ReportFacts(
        name=plan.spec.name,
        title=plan.spec.title,
        headline=title,
        as_of=plan.as_of,
        code_version=code_version(),
        parameters=recorded(plan.parameters),
        runs=snapshot.run_ids,
        state=ReportState.FAILED if error else ReportState.COMPLETE,
        error=error,
        sample=shows_sample(node),
        redaction=snapshot.redaction,
    )


def sentence(node: NotebookNode, kind: str) -> str:
    """The title of the first displayed block of a kind: the masthead's is a sentence with the result."""
    for cell in node.cells:
        for output in cell.get("outputs", []):
            stated: Mapping[str, Any] = output.get("data", {}).get(RESULT_MIME, {})
            if stated.get("kind") == kind and isinstance(stated.get("title"), str):
                return str(stated["title"])
    return ""


def shows_sample(node: NotebookNode) -> bool:
    """True if a displayed block carries the mark of bundled sample data."""
    from scorpius_lab.reporting.components.page import SAMPLE

    outputs = (output for cell in node.cells for output in cell.get("outputs", []))
    return any(SAMPLE in "".join(output.get("data", {}).get("text/html", "")) for output in outputs)


def secrets_to_look_for(plan: Plan) -> frozenset[str]:
    """The values that must not be in a bundle: secrets of our environment and those the parameters name."""
    values = []
    for name in secret_names(plan.parameters):
        try:
            values.append(resolve(name).get_secret_value())
        except UsageError:
            continue  # the notebook could not have had it either
    return secret_values(os.environ, values)
