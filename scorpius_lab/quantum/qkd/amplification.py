"""Privacy amplification: a random Toeplitz matrix times the corrected key, exact, by fast Fourier transform.

Toeplitz matrices are a two-universal family (Mansour, Nisan and Tiwari 1990; Krawczyk 1994, CRYPTO '94), so the
leftover hash lemma holds (Bennett, Brassard, Crépeau and Maurer 1995, IEEE Trans. Inf. Theory 41, 1915). Alice draws
the n + m - 1 bits of the matrix once both keys are fixed and announces them: they cost traffic, not key.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from scorpius_lab.errors import SimulationError
from scorpius_lab.quantum.qkd.draws import Bits, coins

# Columns worked on at once: memory stays flat in the length of the key.
COLUMNS: Final = 1 << 20
LONGEST_OUTPUT: Final = 1 << 26


def seed_length(key_bits: int, output_bits: int) -> int:
    """Bits that determine a Toeplitz matrix of `output_bits` rows and `key_bits` columns: n + m - 1."""
    return key_bits + output_bits - 1 if key_bits and output_bits else 0


def draw_seed(generator: np.random.Generator, key_bits: int, output_bits: int) -> Bits:
    """The bits of a random matrix, one a byte."""
    return coins(generator, seed_length(key_bits, output_bits))


def amplify(key: Bits, output_bits: int, seed: Bits, *, columns: int = COLUMNS) -> Bits:
    """`output_bits` bits, one a byte: y_i = XOR over j of seed[n - 1 + i - j] AND key_j, n the length of `key`.

    The convolution is done in float64 over 0 and 1: its values are integers of at most `columns` (2^20), and the
    transform's error, below 2^-52 * 8 log2(L) * columns < 1e-7, is far from the 1/2 at which rounding would fail.
    Raises SimulationError if the output is longer than the key or the seed has another length than it must.
    """
    if not 0 <= output_bits <= min(key.size, LONGEST_OUTPUT):
        raise SimulationError(f"{key.size} key bits cannot be amplified to {output_bits}: the result must be shorter")
    if seed.size != seed_length(key.size, output_bits):
        raise SimulationError(
            f"the Toeplitz seed needs {seed_length(key.size, output_bits)} bits, not {seed.size}: "
            "key length plus output length minus 1"
        )
    result = np.zeros(output_bits, np.uint8)
    if not output_bits:
        return result
    for start in range(0, key.size, columns):
        part = key[start : start + columns]
        # Columns start..stop-1 of the matrix are those of a smaller Toeplitz matrix.
        last = key.size - start - part.size
        result ^= _product(part, seed[last : last + part.size + output_bits - 1], output_bits)
    return result


def _product(key: Bits, diagonals: Bits, rows: int) -> Bits:
    """One block: entries n - 1 .. n + m - 2 of the convolution; the others wrap around and are dropped."""
    length = _fast_length(diagonals.size)
    spectrum = np.fft.rfft(diagonals, length)
    spectrum *= np.fft.rfft(key, length)
    sums = np.fft.irfft(spectrum, length)[key.size - 1 : key.size - 1 + rows]
    return (np.rint(sums).astype(np.int64) & 1).astype(np.uint8)


def _fast_length(least: int) -> int:
    """The smallest length from `least` on of the form 2^a, 3 * 2^a or 5 * 2^a: transforms of these are fast."""
    candidates = (factor << max((-(-least // factor) - 1).bit_length(), 0) for factor in (1, 3, 5))
    return max(min(candidates), 2)
