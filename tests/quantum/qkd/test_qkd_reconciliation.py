"""Cascade, verification, authentication and privacy amplification."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.amplification import amplify, draw_seed, seed_length
from scorpius_lab.quantum.qkd.authentication import (
    PRIME,
    HashKey,
    authentication_cost,
    key_tag,
    universal_hash,
    verification_bits,
)
from scorpius_lab.quantum.qkd.cascade import Alice, reconcile


class Witness:
    """An oracle of its own that answers bit by bit, writes down every answer and checks each question."""

    def __init__(self, bits):
        self.bits, self.orders, self.answers = bits, [], []

    def begin_pass(self, order):
        places = np.arange(self.bits.size) if order is None else order
        assert sorted(places.tolist()) == list(range(self.bits.size))
        self.orders.append(places)

    def parities(self, number, starts, stops):
        found = []
        for start, stop in zip(starts, stops, strict=True):
            assert 0 <= start < stop <= self.bits.size
            found.append(int(self.bits[self.orders[number][start:stop]].sum()) % 2)
        self.answers += found
        return np.array(found, np.uint8)


def noisy_pair(generator, size, errors):
    alice = generator.integers(0, 2, size, dtype=np.uint8)
    bob = alice.copy()
    bob[generator.permutation(size)[:errors]] ^= 1
    return alice, bob


@pytest.mark.parametrize("percent", range(1, 12))
@pytest.mark.parametrize("size", [500, 10_000, 100_000])
def test_cascade_corrects(percent, size):
    generator = np.random.default_rng(percent * size)
    alice, bob = noisy_pair(generator, size, size * percent // 100)
    # A pair of errors can survive four passes: what verification would ask for is more passes.
    results = islice(reconcile(Alice(alice), bob, percent / 100, generator), 8)
    done = next(found for found in results if np.array_equal(found.bits, alice))
    assert done.corrected >= size * percent // 100
    assert 1.0 < done.efficiency(percent / 100) < (1.6 if size < 1000 else 1.3)


@pytest.mark.parametrize("percent", [1, 3, 7, 11])
@pytest.mark.parametrize("size", [2, 3, 17, 1000, 3001])
def test_the_leak_is_what_a_witness_writes_down(percent, size):
    generator = np.random.default_rng(size + percent)
    alice, bob = noisy_pair(generator, size, max(size * percent // 100, 1))
    witness = Witness(alice)
    for done in islice(reconcile(witness, bob, percent / 100, generator), 3):
        assert done.leak == len(witness.answers)
        assert done.passes == len(witness.orders)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.floats(0.0, 0.5), st.floats(0.0, 0.15), st.integers(0, 2**32))
def test_after_a_pass_every_block_that_was_compared_is_even(size, estimate, rate, seed):
    generator = np.random.default_rng(seed)
    alice, bob = noisy_pair(generator, size, int(size * rate))
    witness = Witness(alice)
    done = next(iter(reconcile(witness, bob, estimate, generator)))
    # The first pass compares every block, so what is left of errors has even parity over the whole key.
    assert int((done.bits ^ alice).sum()) % 2 == 0
    assert set(np.unique(done.bits)) <= {0, 1}


def test_cascade_leaves_equal_keys_alone_and_bobs_input_untouched():
    bits = np.random.default_rng(1).integers(0, 2, 1000, dtype=np.uint8)
    bob = bits.copy()
    bob[5] ^= 1
    before = bob.copy()
    next(iter(reconcile(Alice(bits), bob, 0.01, np.random.default_rng(2))))
    np.testing.assert_array_equal(bob, before)
    done = next(iter(reconcile(Alice(bits), bits, 0.01, np.random.default_rng(2))))
    assert done.corrected == 0
    np.testing.assert_array_equal(done.bits, bits)


def test_cascade_refuses_an_error_rate_it_cannot_work_with():
    bits = np.zeros(10, np.uint8)
    for rate in (-0.1, 0.6, float("nan")):
        with pytest.raises(SimulationError):
            next(iter(reconcile(Alice(bits), bits, rate, np.random.default_rng(1))))


@pytest.mark.parametrize(
    ("size", "output", "columns"),
    [(1, 1, 4), (2, 1, 1), (7, 3, 2), (64, 64, 1 << 20), (1001, 501, 100), (4097, 4095, 1000), (5000, 1, 512)],
)
def test_the_fast_toeplitz_product_is_the_matrix_product(size, output, columns):
    generator = np.random.default_rng(size)
    key, seed = generator.integers(0, 2, size, dtype=np.uint8), draw_seed(generator, size, output)
    rows, places = np.arange(output)[:, None], np.arange(size)[None]
    matrix = seed[size - 1 + rows - places]
    expected = (matrix.astype(np.int64) @ key) % 2
    np.testing.assert_array_equal(amplify(key, output, seed, columns=columns), expected)


def test_a_large_product_is_exact_where_it_is_checked():
    generator = np.random.default_rng(5)
    size, output = 2_500_001, 300_001
    key = np.ones(size, np.uint8)
    seed = np.ones(seed_length(size, output), np.uint8)
    # The largest sums there are: every row counts all the ones.
    assert np.all(amplify(key, output, seed) == size % 2)
    key, seed = generator.integers(0, 2, size, dtype=np.uint8), draw_seed(generator, size, output)
    found = amplify(key, output, seed)
    for row in (0, 1, 150_000, output - 1):
        assert found[row] == int(np.dot(seed[row : row + size][::-1].astype(np.int64), key)) % 2


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 200), st.data())
def test_amplification_is_linear_and_has_the_length_asked_for(size, data):
    output = data.draw(st.integers(0, size))
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    seed = draw_seed(generator, size, output)
    one, other = (generator.integers(0, 2, size, dtype=np.uint8) for _ in range(2))
    assert amplify(one, output, seed).size == output
    np.testing.assert_array_equal(
        amplify(one ^ other, output, seed), amplify(one, output, seed) ^ amplify(other, output, seed)
    )


def test_amplification_refuses_what_does_not_fit():
    key = np.zeros(10, np.uint8)
    for output, seed in ((11, 20), (-1, 8), (5, 13), (5, 15)):
        with pytest.raises(SimulationError):
            amplify(key, output, np.zeros(seed, np.uint8))


def test_the_universal_hash_is_the_polynomial_it_says():
    key = HashKey(point=12345, slope=678, offset=9)
    message = b"fifteen bytes!!and more"
    first, second = int.from_bytes(message[:15], "big"), int.from_bytes(message[15:], "big")
    value = len(message) + 1
    for word in (first, second):
        value = (value * 12345 + word) % PRIME
    assert universal_hash(message, key, 64) == ((value * 12345 * 678 + 9) % PRIME) % 2**64


@given(st.binary(max_size=100), st.binary(max_size=100), st.integers(0, 2**32))
def test_different_messages_have_different_tags(one, other, seed):
    key = HashKey.draw(np.random.default_rng(seed))
    assert (universal_hash(one, key, 100) == universal_hash(other, key, 100)) == (one == other)


def test_short_tags_collide_as_often_as_they_should():
    generator = np.random.default_rng(3)
    keys = [HashKey.draw(generator) for _ in range(20_000)]
    collisions = sum(universal_hash(b"one", key, 6) == universal_hash(b"two", key, 6) for key in keys)
    assert abs(collisions - 20_000 / 64) < 5 * (20_000 / 64) ** 0.5


def test_a_key_tag_sees_one_bit_and_trailing_zeros():
    key = HashKey.draw(np.random.default_rng(1))
    bits = np.zeros(1000, np.uint8)
    other = bits.copy()
    other[999] = 1
    assert key_tag(bits, key, 51) != key_tag(other, key, 51)
    assert key_tag(bits, key, 51) != key_tag(bits[:-1], key, 51)


def test_what_authentication_costs():
    assert authentication_cost(64).key_bits == 9 * 64
    assert authentication_cost(128, phases=2).key_bits == 4 * 128
    assert verification_bits(1e-15) == 51
    with pytest.raises(SimulationError):
        universal_hash(b"", HashKey(1, 1, 1), 127)
