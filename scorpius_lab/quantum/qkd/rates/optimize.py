"""The settings that give the most key, for many distances at once."""

from __future__ import annotations

import numpy as np

from scorpius_lab.quantum.qkd.rates.channel import Array, Numbers, numbers
from scorpius_lab.quantum.qkd.rates.finite_key import Settings, expected_block, expected_leak, finite_key

# Least and greatest share of basis X, p_1, share of mu_2 in what is left, mu_1, mu_2 / mu_1.
_LOW = np.array([0.2, 0.005, 0.05, 0.1, 0.03])
_HIGH = np.array([0.999, 0.99, 0.95, 1.0, 0.8])
_FAINT = 2e-4  # mu_3, the least a modulator reaches (Lim et al. 2014, section IV)
_CANDIDATES = 32


def best_settings(  # noqa: PLR0917 (block, channel, receiver, distillation)
    size: Numbers,
    eta: Numbers,
    background: Numbers,
    misalignment: Numbers,
    afterpulse: Numbers = 0.0,
    error_correction_efficiency: Numbers = 1.16,
    secrecy: Numbers = 1e-9,
    correctness: Numbers = 1e-15,
    *,
    generations: int = 150,
    seed: int = 0,
) -> Settings:
    """The settings with the greatest finite-key rate for every point of `size` and the channel (one shape, or numbers).

    Differential evolution over q_X, p_1, p_2, mu_1, mu_2 for all points together, because one at a time takes a second
    each. mu_3 is 2e-4. The same seed gives the same settings; the rate found is a lower bound on the best one.
    """
    given = (size, eta, background, misalignment, afterpulse, error_correction_efficiency, secrecy, correctness)
    points = np.broadcast_arrays(*(numbers(x) for x in given))
    columns = [np.repeat(x.reshape(-1, 1), _CANDIDATES, axis=1) for x in points]
    random = np.random.default_rng(seed)
    found = random.random((columns[0].shape[0], _CANDIDATES, len(_LOW)))
    score = _score(found, columns)
    for _ in range(generations):
        tried = _mutated(found, score, random)
        tried_score = _score(tried, columns)
        better = tried_score > score
        found[better], score[better] = tried[better], tried_score[better]
    best = found[np.arange(len(found)), score.argmax(axis=1)]
    return _settings(best.reshape(*points[0].shape, len(_LOW)))


def _settings(unit: Array) -> Settings:
    """Settings out of five numbers between 0 and 1 (last axis)."""
    key_basis, first, share, strong, ratio = np.moveaxis(_LOW + unit * (_HIGH - _LOW), -1, 0)
    second = (1.0 - first) * share
    intensities = np.stack([strong, strong * ratio, np.full_like(strong, _FAINT)], axis=-1)
    return Settings(intensities, np.stack([first, second, 1.0 - first - second], axis=-1), key_basis)


def _score(unit: Array, columns: list[Array]) -> Array:
    """The rate where there is a key; below 0 by how much is missing where there is none."""
    size, eta, dark, wrong, again, efficiency, secrecy, correctness = columns
    settings = _settings(unit)
    block = expected_block(size, settings, eta, dark, wrong, again)
    key = finite_key(block, settings, expected_leak(block, efficiency), secrecy, correctness)
    return np.where(key.length > 0, key.length / block.pulses, np.minimum(key.surplus / size, 0.0) - 1e-9)


def _mutated(found: Array, score: Array, random: np.random.Generator) -> Array:
    """Each candidate moved towards the best and along the difference of two others, then crossed over."""
    points, candidates, _ = found.shape
    row = np.arange(points)[:, None]
    best = found[np.arange(points), score.argmax(axis=1)][:, None, :]
    one, two = (found[row, random.integers(candidates, size=(points, candidates))] for _ in range(2))
    weight = random.uniform(0.4, 0.9, size=(points, candidates, 1))
    moved = found + weight * (best - found) + weight * (one - two)
    kept = random.random(found.shape) < 0.3  # noqa: PLR2004 (usual crossover of 0.7)
    return np.clip(np.where(kept, found, moved), 0.0, 1.0)
