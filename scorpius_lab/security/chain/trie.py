"""The root of a Merkle-Patricia trie of a list, as block headers carry it. Yellow Paper, appendix D.

Nothing is stored: the keys rlp(0), rlp(1), … are sorted and the nodes are made from the leaves up.
"""

from __future__ import annotations

from collections.abc import Sequence

from scorpius_lab.security.chain.keccak import keccak256
from scorpius_lab.security.chain.rlp import Item, encode, encode_integer

EMPTY_ROOT = keccak256(encode(b""))

_Pairs = Sequence[tuple[bytes, bytes]]


def ordered_root(values: Sequence[bytes]) -> bytes:
    """The root of the trie that maps rlp(index) to each value."""
    return root_of([(encode(encode_integer(index)), value) for index, value in enumerate(values)])


def root_of(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The root of the trie of these keys and values, each key once, no value empty."""
    if not pairs:
        return EMPTY_ROOT
    nibbles = sorted((bytes(half for byte in key for half in (byte >> 4, byte & 15)), value) for key, value in pairs)
    return keccak256(encode(_node(nibbles, 0)))


def _node(pairs: _Pairs, depth: int) -> Item:
    """The node of keys that agree in their first `depth` nibbles."""
    if len(pairs) == 1:
        key, value = pairs[0]
        return [_packed(key[depth:], leaf=True), value]
    shared = _shared(pairs[0][0], pairs[-1][0], depth)
    if shared > depth:
        return [_packed(pairs[0][0][depth:shared], leaf=False), _reference(_node(pairs, shared))]
    branches: list[Item] = [b""] * 16
    own = b""
    start = 0
    if len(pairs[0][0]) == depth:
        own, start = pairs[0][1], 1
    while start < len(pairs):
        nibble, end = pairs[start][0][depth], start
        while end < len(pairs) and pairs[end][0][depth] == nibble:
            end += 1
        branches[nibble] = _reference(_node(pairs[start:end], depth + 1))
        start = end
    return [*branches, own]


def _shared(first: bytes, last: bytes, depth: int) -> int:
    """Up to where the first and the last of sorted keys agree: up to there all do."""
    end = min(len(first), len(last))
    while depth < end and first[depth] == last[depth]:
        depth += 1
    return depth


def _reference(node: Item) -> Item:
    """A node inside another: itself if it is small, its hash otherwise."""
    encoded = encode(node)
    return node if len(encoded) < 32 else keccak256(encoded)


def _packed(nibbles: bytes, *, leaf: bool) -> bytes:
    """Nibbles in bytes, with a flag for leaves and one for an odd number (hex-prefix encoding, appendix C)."""
    odd = len(nibbles) & 1
    flag = 2 * leaf + odd
    whole = bytes([flag]) + nibbles if odd else bytes([flag, 0]) + nibbles
    return bytes(whole[n] << 4 | whole[n + 1] for n in range(0, len(whole), 2))
