"""Every measurement, in the order reports show them. Add a file beside its neighbors and one line here."""

from __future__ import annotations

from scorpius_lab.analytics.benchmark.measurement import Measurement
from scorpius_lab.analytics.benchmark.measurements import (
    aes_gcm_1k,
    aes_gcm_1m,
    ecdsa_p256,
    ed25519,
    hpke_x_wing_1k,
    ml_dsa_44,
    ml_dsa_65,
    ml_dsa_87,
    ml_kem_512,
    ml_kem_768,
    ml_kem_1024,
    rsa_2048,
    rsa_3072,
    slh_dsa_sha2_128f,
    slh_dsa_sha2_128s,
    store_append,
    store_scan,
    store_section,
)

MEASUREMENTS: tuple[Measurement, ...] = (
    ml_kem_512.MEASUREMENT,
    ml_kem_768.MEASUREMENT,
    ml_kem_1024.MEASUREMENT,
    ml_dsa_44.MEASUREMENT,
    ml_dsa_65.MEASUREMENT,
    ml_dsa_87.MEASUREMENT,
    slh_dsa_sha2_128f.MEASUREMENT,
    slh_dsa_sha2_128s.MEASUREMENT,
    rsa_2048.MEASUREMENT,
    rsa_3072.MEASUREMENT,
    ecdsa_p256.MEASUREMENT,
    ed25519.MEASUREMENT,
    hpke_x_wing_1k.MEASUREMENT,
    aes_gcm_1k.MEASUREMENT,
    aes_gcm_1m.MEASUREMENT,
    store_append.MEASUREMENT,
    store_scan.MEASUREMENT,
    store_section.MEASUREMENT,
)
