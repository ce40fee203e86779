"""Every measurement, in the order reports show them.

Parameter sets of one family are rows of that family's table, in its file. To add a set, add its row; to add another
scheme, add a file beside its neighbors and one line here.
"""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.measurement import Measurement
from scorpius_lab.analytics.benchmark.measurements import (
    aes_gcm,
    ecdsa_p256,
    ed25519,
    ed25519_ml_dsa_65,
    hpke_x_wing_1k,
    ml_dsa,
    ml_kem,
    p384_ml_kem_1024,
    rsa,
    slh_dsa,
    store_append,
    store_scan,
    store_section,
    x25519,
    x_wing,
)

MEASUREMENTS: tuple[Measurement, ...] = (
    *ml_kem.MEASUREMENTS,
    x_wing.MEASUREMENT,
    p384_ml_kem_1024.MEASUREMENT,
    x25519.MEASUREMENT,
    *ml_dsa.MEASUREMENTS,
    *slh_dsa.MEASUREMENTS,
    ed25519_ml_dsa_65.MEASUREMENT,
    *rsa.MEASUREMENTS,
    ecdsa_p256.MEASUREMENT,
    ed25519.MEASUREMENT,
    hpke_x_wing_1k.MEASUREMENT,
    *aes_gcm.MEASUREMENTS,
    store_append.MEASUREMENT,
    store_scan.MEASUREMENT,
    store_section.MEASUREMENT,
)
