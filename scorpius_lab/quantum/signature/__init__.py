"""Signature schemes, one module for each family."""

from __future__ import annotations

from typing import Final

from scorpius_lab.quantum.signature import ed25519_ml_dsa_65, ml_dsa, slh_dsa
from scorpius_lab.quantum.signature.record import SignatureScheme

SIGNATURE_SCHEMES: Final[dict[str, SignatureScheme]] = {
    scheme.name: scheme
    for scheme in (
        ml_dsa.ML_DSA_44,
        ml_dsa.ML_DSA_65,
        ml_dsa.ML_DSA_87,
        ed25519_ml_dsa_65.ED25519_ML_DSA_65,
        *slh_dsa.SLH_DSA,
    )
}

__all__ = ["SIGNATURE_SCHEMES", "SignatureScheme"]
