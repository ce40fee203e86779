"""SLH-DSA as implemented by `pqcrypto`: sets ending in `f` sign fast, those in `s` have small signatures."""

from __future__ import annotations

import importlib
from functools import partial

from scorpius_lab.analytics.benchmark.families import Scheme, SignatureParts, holds, signature
from scorpius_lab.analytics.benchmark.measurement import Measurement

NOTE = "The library holds the interpreter's lock while it works: other threads wait for the whole time shown."
SETS: tuple[tuple[str, int, int, int, float], ...] = (
    # set, category, public key, signature (FIPS 205 table 2); seconds for one key, one signature and its verification
    ("SHA2-128f", 1, 32, 17_088, 0.02),
    ("SHA2-128s", 1, 32, 7_856, 0.35),
    ("SHA2-192f", 3, 48, 35_664, 0.03),
    ("SHA2-192s", 3, 48, 16_224, 0.75),
    ("SHA2-256f", 5, 64, 49_856, 0.06),
    ("SHA2-256s", 5, 64, 29_792, 0.7),
    ("SHAKE-128f", 1, 32, 17_088, 0.05),
    ("SHAKE-128s", 1, 32, 7_856, 1.1),
    ("SHAKE-192f", 3, 48, 35_664, 0.08),
    ("SHAKE-192s", 3, 48, 16_224, 1.9),
    ("SHAKE-256f", 5, 64, 49_856, 0.17),
    ("SHAKE-256s", 5, 64, 29_792, 1.65),
)


def parts(module: str) -> SignatureParts:
    """One key pair and what can be done with it."""
    from pqcrypto import InvalidSignatureError

    scheme = importlib.import_module(f"pqcrypto.sign.{module}")
    public, secret = scheme.keygen()
    return SignatureParts(
        generate=scheme.keygen,
        sign=lambda message: bytes(scheme.sign(secret, message)),
        verify=holds(lambda signed, message: scheme.verify(public, message, signed), InvalidSignatureError),
        public_bytes=len(public),
    )


def _measurement(name: str, level: int, public: int, signed: int, seconds: float) -> Measurement:
    title = f"SLH-DSA-{name}"
    scheme = Scheme(
        title.lower(),
        title,
        "hash",
        level,
        "pqcrypto",
        "FIPS 205",
        public,
        signed,
        seconds,
        long_samples=1,  # always the same work: one sample tells it well
        note=NOTE,
    )
    return signature(scheme, partial(parts, title.lower().replace("-", "_")))


MEASUREMENTS = tuple(_measurement(*row) for row in SETS)
