"""Parameter estimation: what the disclosed bits say about those that stay secret, and how long the key may be."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.cascade import binary_entropy
from scorpius_lab.quantum.qkd.draws import Flags
from scorpius_lab.quantum.qkd.parameters import Link, PostProcessing, SinglePhoton
from scorpius_lab.quantum.qkd.rates import Block, Settings, finite_key
from scorpius_lab.quantum.qkd.tallies import Counts, Tally, X


@dataclass(frozen=True, slots=True)
class ErrorEstimate:
    """An error rate seen on `sampled` disclosed bits; the rest of the bits stays below `upper` but for `failure`."""

    sampled: int
    errors: int
    upper: float
    failure: float

    @property
    def rate(self) -> float:
        """Errors seen per bit disclosed; 0 if there were none to see."""
        return self.errors / self.sampled if self.sampled else 0.0


@dataclass(frozen=True, slots=True)
class KeyBounds:
    """How long a secret key the counts allow, and what it rests on.

    `vacuum` and `single` are the least numbers of vacuum and single-photon events in the raw key, `phase_error` the
    greatest error rate the single photons would have had in the other basis; `length` is 0 if there is no key.
    """

    method: str
    vacuum: float
    single: float
    phase_error: float
    length: int


def choose_sample(generator: np.random.Generator, size: int, fraction: float) -> Flags:
    """Which bits are disclosed: exactly round(fraction * size) of them, all choices equally likely."""
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[generator.permutation(size)[: round(fraction * size)]] = True
    return chosen


def estimate_errors(errors: int, sampled: int, rest: int, failure: float) -> ErrorEstimate:
    """Bound the error rate of `rest` bits by that of a random sample drawn without replacement.

    e + sqrt((n + k)(k + 1) ln(1/eps) / (2 n k^2)) for k sampled and n other bits: Serfling 1974 (Ann. Statist. 2, 39),
    as in Tomamichel et al. 2012, supplementary lemma 6. At most 1/2; 1/2 if nothing was sampled.
    """
    upper = 0.5
    if sampled and rest:
        spread = (rest + sampled) * (sampled + 1.0) * -math.log(failure) / (2.0 * rest * sampled**2)
        upper = min(errors / sampled + math.sqrt(spread), 0.5)
    return ErrorEstimate(sampled, errors, upper, failure)


def check_source(link: Link) -> None:
    """Raise SimulationError for a source whose key length no bound here can give."""
    if isinstance(link.source, SinglePhoton):
        return
    means, probabilities = link.source.intensities, link.source.probabilities
    if len(means) != 3 or means[0] <= means[1] + means[2] or min(probabilities) <= 0:  # noqa: PLR2004
        raise SimulationError(
            "a key from weak coherent pulses needs three intensities mu_1 > mu_2 + mu_3, each sent with a probability "
            "above 0 (Lim et al. 2014); other sources can be sent, but give no key"
        )


def key_bounds(  # noqa: PLR0917 (what was counted, then what it is judged by)
    link: Link, tally: Tally, key: Counts, error_rate: float, leak: int, post: PostProcessing
) -> KeyBounds:
    """The secret length of a raw key with `key` bits by intensity, after `leak` bits of reconciliation.

    Lim et al. 2014, eqs. 1 to 5, for decoy states, its X and Z exchanged: the key is made in Z here. For single
    photons Tomamichel et al. 2012. Both count the verification tag themselves, as log2(2/eps_cor).
    """
    if isinstance(link.source, SinglePhoton):
        return _single_photon_bounds(tally, int(key.sum()), error_rate, leak, post)
    settings = Settings(link.source.intensities, link.source.probabilities, link.basis_probability)
    block = Block(
        key.astype(float),
        tally.sifted(X).astype(float),
        tally.sifted_errors(X).astype(float),
        np.asarray(error_rate),
        np.asarray(float(tally.pulses)),
    )
    found = finite_key(block, settings, leak, post.secrecy, post.correctness)
    return KeyBounds(
        "Lim et al. 2014, eq. 1",
        float(found.vacuum),
        float(found.single),
        float(found.phase_error),
        int(found.length),
    )


def _single_photon_bounds(tally: Tally, size: int, error_rate: float, leak: int, post: PostProcessing) -> KeyBounds:
    """floor(n (1 - h(e_X + m)) - leak - log2(2 / (eps_sec^2 eps_cor))) (Tomamichel et al. 2012, eqs. 1 and 2).

    m = sqrt((n + k)/(n k) (k + 1)/k ln(4/eps_sec)), k bits of basis X against n of basis Z (Nature Commun. 3, 634).
    """
    checked, errors = int(tally.sifted(X).sum()), int(tally.sifted_errors(X).sum())
    phase_error = 0.5
    if size and checked:
        spread = (size + checked) / (size * checked) * (checked + 1.0) / checked * math.log(4.0 / post.secrecy)
        phase_error = min(errors / checked + math.sqrt(spread), 0.5)
    length = size * (1.0 - binary_entropy(phase_error)) - leak
    length -= 1.0 - 2.0 * math.log2(post.secrecy) - math.log2(post.correctness)
    aborted = error_rate > post.qber_bound
    return KeyBounds(
        "Tomamichel et al. 2012, eq. 1", 0.0, float(size), phase_error, 0 if aborted else max(math.floor(length), 0)
    )
