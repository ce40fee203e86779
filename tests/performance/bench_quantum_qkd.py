"""BB84 pulses per second, sifting included, beside SeQUeNCe where it is at hand; reconciliation and amplification.

SeQUeNCe is measured if the environment variable SEQUENCE_PYTHON names an interpreter that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from scorpius_lab.quantum.qkd import Channel, Detector, InterceptResend, Link, WeakCoherent, sample_tally, transmit
from scorpius_lab.quantum.qkd.amplification import amplify, draw_seed
from scorpius_lab.quantum.qkd.cascade import Alice, reconcile
from scorpius_lab.quantum.qkd.sifting import sift
from tests.performance.bars import Bar, finish, median_of

PULSES = 8_000_000
TIMES = 5
LINK = Link()
LOSSLESS = Link(channel=Channel(length_km=0.0), detector=Detector(efficiency=1.0))
DECOY = Link(source=WeakCoherent())
PEER = Link(source=WeakCoherent((0.5,), (1.0,)), detector=Detector(dark_count_probability=1e-6))


def pulses_per_second(link: Link, eavesdropper=None) -> float:
    """Alice's whole record, Bob's clicks, sifting and counts."""
    work = lambda: sift(transmit(link, PULSES, 1, eavesdropper), len(link.source.intensities))  # noqa: E731
    return PULSES / median_of(work, TIMES)


def sequence_rate() -> float | None:
    """Pulses per second of SeQUeNCe on the same link, without its start-up."""
    interpreter = os.environ.get("SEQUENCE_PYTHON")
    if not interpreter:
        return None
    script = Path(__file__).with_name("sequence_peer.py")
    command = [interpreter, str(script), "100000", "0.5", "20", "0.2", "0.1", "8e7"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return found["pulses"] / found["seconds"]


def measure() -> Iterable[Bar]:
    """The bars."""
    where = f"{PULSES:,} pulses, 20 km, eta 0.1, median of {TIMES}"
    yield Bar("BB84 single photon", pulses_per_second(LINK), "pulses/s", 20e6, "higher", note=where)
    yield Bar("BB84 decoy states", pulses_per_second(DECOY), "pulses/s", 8e6, "higher", note=where)
    yield Bar("BB84 intercept-resend", pulses_per_second(LINK, InterceptResend()), "pulses/s", note=where)
    lossless = pulses_per_second(LOSSLESS)
    yield Bar("BB84 every pulse detected", lossless, "pulses/s", 20e6, "higher", note="no loss: the worst case")
    peer = sequence_rate()
    ours = pulses_per_second(PEER)
    if peer is None:
        yield Bar("BB84 over SeQUeNCe", ours, "pulses/s", note="peer not at hand: set SEQUENCE_PYTHON")
    else:
        yield Bar(
            "BB84 over SeQUeNCe", ours / peer, "x", 50, "higher", peer, "weak coherent, mu 0.5, 20 km; peer in pulses/s"
        )
    yield Bar("1e12 pulses in aggregate", 1e3 * median_of(lambda: sample_tally(DECOY, 10**12, 1), TIMES), "ms")
    yield from post_processing()


def post_processing() -> Iterable[Bar]:
    """A megabit at 3 % errors."""
    generator = np.random.default_rng(1)
    alice = generator.integers(0, 2, 10**6, dtype=np.uint8)
    bob = alice ^ (generator.random(10**6) < 0.03).view(np.uint8)
    start = time.perf_counter()
    done = next(iter(reconcile(Alice(alice), bob, 0.03, generator)))
    seconds = time.perf_counter() - start
    note = f"1e6 bits, 3 % errors, f = {done.efficiency(0.03):.3f}"
    yield Bar("Cascade", 1e6 / seconds, "bits/s", note=note)
    seed = draw_seed(generator, 10**6, 5 * 10**5)
    yield Bar("Toeplitz, 1e6 to 5e5 bits", median_of(lambda: amplify(alice, 5 * 10**5, seed), 3), "s", 0.34)


if __name__ == "__main__":
    raise SystemExit(finish(measure()))
