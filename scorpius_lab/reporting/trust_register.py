"""The register of trusted signers: whose report bundles a lab believes, and every change to that on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scorpius_lab.core.audit import AuditSink
from scorpius_lab.core.runs import Clock
from scorpius_lab.errors import UsageError
from scorpius_lab.reporting.trusted import TrustedSigner, TrustedSigners, list_trusted_signers, remove_trusted_signer

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class TrustRegister:
    """`lab.trust`. `file` holds the entries; every method returns a row for each signer it is about."""

    file: Path
    audit: AuditSink
    clock: Clock

    def signers(self, other: Path | str | None = None) -> TrustedSigners:
        """The signers of this lab, or those in another file. Raises FormatError."""
        return TrustedSigners.load(Path(other)) if other else list_trusted_signers(self.file)

    def list(self) -> pl.DataFrame:
        """Every trusted signer."""
        return _frame(self.signers().entries)

    def add(self, bundle: Path | str, *, name: str, signer_id: str) -> pl.DataFrame:
        """Trust the signer of a bundle, whose whole id was had from its owner. Raises BundleError, UsageError."""
        from scorpius_lab.reporting.signer_import import import_signer

        entry = import_signer(self.file, Path(bundle), name=name, signer_id=signer_id, at=self.clock())
        self.audit.record("signer.trusted", entry.signer_id, detail={"name": name})
        return _frame([entry])

    def remove(self, signer_id: str) -> pl.DataFrame:
        """Trust a signer no longer, named by its id or at least eight digits of it. Raises UsageError."""
        if not self.signers().entries:
            raise UsageError("nobody is trusted, so nobody can be removed")
        entry = remove_trusted_signer(self.file, signer_id)
        self.audit.record("signer.distrusted", entry.signer_id, detail={"name": entry.name})
        return _frame([entry])


def _frame(entries: Iterable[TrustedSigner]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        [entry.model_dump() for entry in entries], schema=dict.fromkeys(TrustedSigner.model_fields, pl.String)
    )
