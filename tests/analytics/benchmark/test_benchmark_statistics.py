"""Order statistics against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorpius_lab.analytics.benchmark.statistics import quantile, spread

SAMPLES = st.lists(st.floats(0, 1e12, allow_nan=False), min_size=1, max_size=60)


@given(SAMPLES, st.floats(0, 1))
def test_quantile_is_numpys_linear_method(samples: list[float], share: float) -> None:
    assert quantile(sorted(samples), share) == pytest.approx(np.quantile(samples, share, method="linear"), rel=1e-9)


@given(SAMPLES)
def test_spread_is_ordered_and_within_the_samples(samples: list[float]) -> None:
    found = spread(samples)
    assert found.low == min(samples)
    assert found.high == max(samples)
    assert found.n == len(samples)
    assert found.low <= found.p5 * (1 + 1e-12)
    assert found.p5 <= found.median * (1 + 1e-12)
    assert found.median <= found.p95 * (1 + 1e-12)
    assert found.p95 <= found.high * (1 + 1e-12)


def test_known_values() -> None:
    found = spread([4.0, 1.0, 3.0, 2.0, 5.0])
    assert (found.median, found.p5, found.p95) == (3.0, pytest.approx(1.2), pytest.approx(4.8))


@pytest.mark.parametrize(("samples", "share"), [([], 0.5), ([1.0], 1.1), ([1.0], -0.1)])
def test_nonsense_is_refused(samples: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"share|samples"):
        quantile(samples, share)
