"""Key encapsulation mechanisms, one module for each family."""

from __future__ import annotations

from typing import Final

from scorpius_lab.quantum.kem import classic_mceliece, hqc, ml_kem, p384_ml_kem_1024, x_wing
from scorpius_lab.quantum.kem.record import Encapsulation, Kem

KEMS: Final[dict[str, Kem]] = {
    kem.name: kem
    for kem in (
        x_wing.X_WING,
        p384_ml_kem_1024.P384_ML_KEM_1024,
        ml_kem.ML_KEM_512,
        ml_kem.ML_KEM_768,
        ml_kem.ML_KEM_1024,
        *hqc.HQC,
        *classic_mceliece.CLASSIC_MCELIECE,
    )
}

__all__ = ["KEMS", "Encapsulation", "Kem"]
