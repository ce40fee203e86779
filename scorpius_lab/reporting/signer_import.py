"""Trusting somebody else's signer: the keys come from a bundle, the decision from an id had another way."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from scorpius_lab.core.signing import ALGORITHMS, Signer
from scorpius_lab.errors import BundleError, UsageError
from scorpius_lab.reporting.bundle import key_file
from scorpius_lab.reporting.trusted import TrustedSigner, add_trusted_signer
from scorpius_lab.reporting.verify import Status, verify_bundle


def import_signer(trusted: Path, bundle: Path, *, name: str, signer_id: str, at: datetime) -> TrustedSigner:
    """Add the signer of an intact bundle to the trusted signers file, if it is the one expected.

    `signer_id` is the whole id, had from its owner: a bundle cannot vouch for itself. Raises BundleError when the
    bundle does not hold, UsageError when it is signed by somebody else.
    """
    found = verify_bundle(bundle)
    if found.status is Status.BROKEN or found.signer_id is None:
        raise BundleError(f"{bundle} does not hold: {'; '.join(found.problems)}; nobody was added")
    expected = "".join(signer_id.split()).lower()
    if expected != found.signer_id:
        raise UsageError(
            f"{bundle} is signed by {found.signer_id}, not by {expected}; compare the whole id with its owner's"
        )
    first, second = (bundle / key_file(algorithm) for algorithm in ALGORITHMS)
    signer = Signer.from_pem(first.read_text(encoding="ascii"), second.read_text(encoding="ascii"))
    if signer.id != found.signer_id:
        raise BundleError(f"the keys in {bundle} changed while they were read; nobody was added")
    return add_trusted_signer(trusted, signer, name, origin="imported", at=at)
