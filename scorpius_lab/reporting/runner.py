"""Several reports at once: plan all, then snapshot, run, draw and sign each, in parallel, from one warm kernel pool."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.runs import Clock, Progress, silent, utc_now
from scorpius_lab.errors import Cancelled, NotebookFailed, ScorpiusError
from scorpius_lab.reporting import reports
from scorpius_lab.reporting.kernels import modules_for, open_kernels
from scorpius_lab.reporting.making import STAGES, ReportLab, Workshop, make_report
from scorpius_lab.reporting.plan import Plan, ReportRequest, plan_reports, shared_parameters

if TYPE_CHECKING:
    import polars as pl

    from scorpius_lab.core.signing import SigningIdentity
    from scorpius_lab.reporting.bundle import Bundle
    from scorpius_lab.reporting.cold_kernels import ColdKernels
    from scorpius_lab.reporting.kernel_pool import KernelPool

__all__ = ["ReportRequest", "make_reports", "report_frame"]

WAKE_SECONDS = 0.2
MOST_THREADS = 8


def make_reports(
    lab: ReportLab,
    requests: Sequence[ReportRequest],
    *,
    progress: Progress = silent,
    jobs: int = 2,
    pool: KernelPool | ColdKernels | None = None,
    clock: Clock = utc_now,
    timeout: int | None = None,
) -> list[Bundle]:
    """Make one bundle per request and the index of each folder written to, in the order asked; `jobs` kernels at once.

    `pool` is a running pool to use (and leave running); by default one is opened for this call. `timeout` is in seconds
    a cell. `as_of` is resolved once, from `clock`, for all reports that do not give it.

    Raises UsageError, FormatError or ParameterError before any process is started. Raises NotebookFailed after all
    others are done: its `bundles` are all that were written, the failed one marked. Other errors also wait for the
    other reports. An interrupt ends every kernel at once.
    """
    plans = plan_reports(requests, out=default_folder(lab), now=clock())
    identity = signing_identity(lab)
    slots = threading.Semaphore(max(1, jobs))
    if pool is not None:
        bundles, errors = _make_all(Workshop(lab, pool, identity, timeout, slots), plans, progress)
    else:
        with _pool_for(lab, plans, jobs) as own:
            warming = threading.Thread(target=_warm_up, name="warm-up")
            warming.start()
            bundles, errors = _make_all(Workshop(lab, own, identity, timeout, slots), plans, progress)
            warming.join()
    for folder in dict.fromkeys(bundle.folder.parent for bundle in bundles):
        _write_index(lab, folder)
    _record(lab, bundles)
    _raise_for(bundles, errors)
    return bundles


def report_frame(
    lab: ReportLab,
    names: Sequence[str | Path],
    parameters: Mapping[str, object],
    *,
    out: Path,
    formats: Sequence[str] = ("html",),
    redact: bool = False,
    progress: Progress = silent,
) -> pl.DataFrame:
    """Make reports and return a row for each: name, state, headline, path of the bundle, signer.

    A parameter goes to every report that has it. Errors as of `make_reports`.
    """
    import polars as pl

    each = shared_parameters(names, parameters)
    requests = [
        ReportRequest(name, given, out, tuple(formats), redact) for name, given in zip(names, each, strict=True)
    ]
    bundles = make_reports(lab, requests, progress=progress, jobs=_jobs(lab), clock=getattr(lab, "clock", utc_now))
    rows = [
        (b.manifest.report, b.manifest.state, b.manifest.headline, str(b.folder), b.manifest.signer.short_id)
        for b in bundles
    ]
    return pl.DataFrame(rows, schema=["name", "state", "headline", "path", "signer"], orient="row")


def default_folder(lab: ReportLab) -> Path:
    """Where bundles go unless another folder is named."""
    return Path(getattr(lab, "report_folder", "reports"))


def signing_identity(lab: ReportLab) -> SigningIdentity:
    """The lab's keys, made at the first signature. Raises KeyStoreError."""
    from scorpius_lab.core.keys import load_or_create_signing_identity

    return load_or_create_signing_identity(lab.key_folder)


class Gauge:
    """One progress over several reports that run at the same time; the way an interrupt reaches them, too."""

    def __init__(self, plans: Sequence[Plan], progress: Progress) -> None:
        """Count what there is to do."""
        self._total = sum(len(plan.node.cells) + STAGES for plan in plans)
        self._done = [0] * len(plans)
        self._progress = progress
        self._lock = threading.Lock()
        self._stopped = False

    def of(self, index: int, name: str) -> Progress:
        """The progress of one report. Raises Cancelled once `stop` was called."""

        def tell(done: int, total: int | None, text: str) -> None:
            del total
            with self._lock:
                if self._stopped:
                    raise Cancelled(f"report {name} was interrupted")
                self._done[index] = max(done, self._done[index])
                self._progress(sum(self._done), self._total, f"{name}: {text}" if text else name)

        return tell

    def stop(self) -> None:
        """End every report at its next cell or stage."""
        self._stopped = True


def _make_all(shop: Workshop, plans: Sequence[Plan], progress: Progress) -> tuple[list[Bundle], list[ScorpiusError]]:
    """The bundles that were made, in order, and what kept the others from being made.

    There are more threads than kernels, so that the next notebook runs while the page of the last one is drawn.
    """
    gauge = Gauge(plans, progress)
    bundles: list[Bundle] = []
    errors: list[ScorpiusError] = []
    executor = ThreadPoolExecutor(max_workers=min(MOST_THREADS, len(plans)), thread_name_prefix="report")
    try:
        futures = [
            executor.submit(make_report, shop, plan, gauge.of(index, plan.spec.name))
            for index, plan in enumerate(plans)
        ]
        while wait(futures, timeout=WAKE_SECONDS).not_done:
            pass  # polars makes waits without a time limit deaf to Ctrl-C: its signal handler restarts them
        for future in futures:
            try:
                bundles.append(future.result())
            except ScorpiusError as error:
                errors.append(error)
    except BaseException:
        gauge.stop()
        shop.pool.kill_all()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    return bundles, errors


def _pool_for(lab: ReportLab, plans: Sequence[Plan], jobs: int) -> KernelPool | ColdKernels:
    """A pool for exactly these reports: no more kernels and no more imports than they need."""
    warm = bool(getattr(getattr(lab.configuration, "reporting", None), "kernel_pool", True))
    supplied = [f"{reports.__name__}.{plan.spec.name}" for plan in plans if plan.spec.name in reports.REPORTS]
    modules = modules_for([plan.node for plan in plans], also=supplied)
    return open_kernels(preload=modules, spare=min(jobs, len(plans)), limit=len(plans), warm=warm)


def _warm_up() -> None:
    """While the kernels' parent imports, load what the pages will need. What fails here fails there, and is told."""
    from scorpius_lab.reporting import drawing, environment, html  # noqa: F401 (imported to be at hand)

    environment.described()
    with contextlib.suppress(ScorpiusError):
        drawing.warm_up()


def _jobs(lab: ReportLab) -> int:
    return int(getattr(getattr(lab.configuration, "reporting", None), "jobs", 2))


def _record(lab: ReportLab, bundles: Sequence[Bundle]) -> None:
    """Leave a line in the lab's audit log for each bundle."""
    for bundle in bundles:
        detail = {"report": bundle.manifest.report, "state": bundle.manifest.state, "as_of": bundle.manifest.as_of}
        lab.audit.record("report.made", bundle.folder.name, detail=detail)


def _raise_for(bundles: Sequence[Bundle], errors: Sequence[ScorpiusError]) -> None:
    """Raise the first error; if there is none, NotebookFailed if a bundle is partial."""
    if errors:
        raise errors[0]
    failed = [bundle for bundle in bundles if not bundle.complete]
    if failed:
        first = failed[0]
        raise NotebookFailed(
            f"{len(failed)} of {len(bundles)} reports failed; {first.manifest.report}: {first.manifest.error} "
            f"(what there is of it: {first.folder})",
            partial=first.folder,
            bundles=bundles,
        )


def _write_index(lab: ReportLab, folder: Path) -> None:
    """Bring the folder's index page up to date, with the lab's view of who is trusted."""
    from scorpius_lab.reporting.index import write_index

    write_index(folder, trusted=lab.path / "trusted_signers.json")
