"""SLH-DSA's internal interface as FIPS 205 writes it (algorithms 19 and 20), slow and short: an oracle for the tests."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

WOTS_HASH, WOTS_PK, TREE, FORS_TREE, FORS_ROOTS, WOTS_PRF, FORS_PRF = range(7)
SHAPES = {  # table 2: n, h, d, h', a, k, m
    "128s": (16, 63, 7, 9, 12, 14, 30),
    "128f": (16, 66, 22, 3, 6, 33, 34),
    "192s": (24, 63, 7, 9, 14, 17, 39),
    "192f": (24, 66, 22, 3, 8, 33, 42),
    "256s": (32, 64, 8, 8, 14, 22, 47),
    "256f": (32, 68, 17, 4, 9, 35, 49),
}
Address = tuple[int, int, int, int, int, int]  # layer, tree, type, key pair, chain or height, hash or index


@dataclass
class Oracle:
    """One parameter set over one public seed."""

    name: str
    public_seed: bytes
    public_root: bytes

    def __post_init__(self) -> None:
        self.n, self.h, self.d, self.hp, self.a, self.k, self.m = SHAPES[self.name[-4:]]
        self.shake = "SHAKE" in self.name
        self.length = 2 * self.n + 3

    # -- hash functions, section 11

    def t(self, address: Address, *parts: bytes) -> bytes:
        """T_l and H; F and PRF differ only in the SHA2 sets of levels 3 and 5."""
        return self._hash(address, b"".join(parts), wide=self.n > 16)

    def f(self, address: Address, data: bytes) -> bytes:
        return self._hash(address, data, wide=False)

    def _hash(self, address: Address, data: bytes, *, wide: bool) -> bytes:
        layer, tree, *rest = address
        tail = b"".join(word.to_bytes(4, "big") for word in rest)
        if self.shake:
            full = layer.to_bytes(4, "big") + tree.to_bytes(12, "big") + tail
            return hashlib.shake_256(self.public_seed + full + data).digest(self.n)
        short = layer.to_bytes(1, "big") + tree.to_bytes(8, "big") + tail[3:]
        function, block = (hashlib.sha512, 128) if wide else (hashlib.sha256, 64)
        return function(self.public_seed + bytes(block - self.n) + short + data).digest()[: self.n]

    def message_digest(self, randomizer: bytes, message: bytes) -> bytes:
        seen = randomizer + self.public_seed
        if self.shake:
            return hashlib.shake_256(seen + self.public_root + message).digest(self.m)
        function = hashlib.sha512 if self.n > 16 else hashlib.sha256
        seed = seen + function(seen + self.public_root + message).digest()
        blocks = (function(seed + i.to_bytes(4, "big")).digest() for i in range(2))
        return b"".join(blocks)[: self.m]

    def randomizer(self, secret_prf: bytes, message: bytes) -> bytes:
        """The deterministic variant: opt_rand is the public seed."""
        if self.shake:
            return hashlib.shake_256(secret_prf + self.public_seed + message).digest(self.n)
        return hmac.digest(secret_prf, self.public_seed + message, "sha512" if self.n > 16 else "sha256")[: self.n]

    # -- verification

    def verify(self, message: bytes, signature: bytes) -> bool:
        """slh_verify_internal."""
        pieces = [signature[i : i + self.n] for i in range(0, len(signature), self.n)]
        digest, tree, leaf = self.split(self.message_digest(pieces[0], message))
        fors, pieces = pieces[1 : 1 + self.k * (self.a + 1)], pieces[1 + self.k * (self.a + 1) :]
        node = self.fors_root(fors, digest, tree, leaf)
        for layer in range(self.d):
            size = self.length + self.hp
            node = self.xmss_root(pieces[layer * size : (layer + 1) * size], node, layer, tree, leaf)
            leaf, tree = tree % (1 << self.hp), tree >> self.hp
        return node == self.public_root

    def split(self, digest: bytes) -> tuple[list[int], int, int]:
        first = (self.k * self.a + 7) // 8
        second = first + (self.h - self.hp + 7) // 8
        third = second + (self.hp + 7) // 8
        bits = int.from_bytes(digest[:first], "big") >> (8 * first - self.k * self.a)
        indices = [(bits >> (self.a * (self.k - 1 - i))) % (1 << self.a) for i in range(self.k)]
        tree = int.from_bytes(digest[first:second], "big") % (1 << (self.h - self.hp))
        return indices, tree, int.from_bytes(digest[second:third], "big") % (1 << self.hp)

    def fors_root(self, pieces: list[bytes], indices: list[int], tree: int, leaf: int) -> bytes:
        roots = []
        for i, index in enumerate(indices):
            secret, *path = pieces[i * (self.a + 1) : (i + 1) * (self.a + 1)]
            place = (i << self.a) + index
            node = self.f((0, tree, FORS_TREE, leaf, 0, place), secret)
            roots.append(self.climb(node, path, place, lambda *at: (0, tree, FORS_TREE, leaf, *at)))
        return self.t((0, tree, FORS_ROOTS, leaf, 0, 0), *roots)

    def climb(self, node: bytes, path: list[bytes], place: int, address: Callable[[int, int], Address]) -> bytes:
        for height, sibling in enumerate(path, 1):
            pair = (sibling, node) if place & 1 else (node, sibling)
            place >>= 1
            node = self.t(address(height, place), *pair)
        return node

    def xmss_root(self, pieces: list[bytes], message: bytes, layer: int, tree: int, leaf: int) -> bytes:
        digits = self.digits(message)
        ends = [
            self.chain(piece, digit, 15, (layer, tree, leaf, i))
            for i, (piece, digit) in enumerate(zip(pieces, digits, strict=False))
        ]
        node = self.t((layer, tree, WOTS_PK, leaf, 0, 0), *ends)
        return self.climb(node, pieces[self.length :], leaf, lambda *at: (layer, tree, TREE, 0, *at))

    def digits(self, message: bytes) -> list[int]:
        digits = [int(digit, 16) for digit in message.hex()]
        checksum = sum(15 - digit for digit in digits)
        return [*digits, *(int(digit, 16) for digit in f"{checksum:03x}")]

    def chain(self, node: bytes, start: int, end: int, where: tuple[int, int, int, int]) -> bytes:
        layer, tree, leaf, i = where
        for step in range(start, end):
            node = self.f((layer, tree, WOTS_HASH, leaf, i, step), node)
        return node

    # -- signing

    def sign(self, secret_seed: bytes, secret_prf: bytes, message: bytes) -> bytes:
        """slh_sign_internal, deterministic. A quarter of a second for the 128f sets."""
        randomizer = self.randomizer(secret_prf, message)
        digest, tree, leaf = self.split(self.message_digest(randomizer, message))
        fors = self.fors_sign(secret_seed, digest, tree, leaf)
        signature, node = [randomizer, *fors], self.fors_root(fors, digest, tree, leaf)
        for layer in range(self.d):
            pieces = self.xmss_sign(secret_seed, node, layer, tree, leaf)
            signature += pieces
            node = self.xmss_root(pieces, node, layer, tree, leaf)
            leaf, tree = tree % (1 << self.hp), tree >> self.hp
        return b"".join(signature)

    def fors_sign(self, seed: bytes, indices: list[int], tree: int, leaf: int) -> list[bytes]:
        pieces = []
        for i, index in enumerate(indices):
            places = range(i << self.a, (i + 1) << self.a)
            secrets = [self.f((0, tree, FORS_PRF, leaf, 0, place), seed) for place in places]
            leaves = [
                self.f((0, tree, FORS_TREE, leaf, 0, place), secret)
                for place, secret in zip(places, secrets, strict=True)
            ]
            path = self.path(leaves, index, places.start, lambda *at: (0, tree, FORS_TREE, leaf, *at))
            pieces += [secrets[index], *path]
        return pieces

    def path(self, nodes: list[bytes], index: int, start: int, address: Callable[[int, int], Address]) -> list[bytes]:
        path, height = [], 0
        while len(nodes) > 1:
            path.append(nodes[index ^ 1])
            height, index, start = height + 1, index >> 1, start >> 1
            nodes = [self.t(address(height, start + i), nodes[2 * i], nodes[2 * i + 1]) for i in range(len(nodes) // 2)]
        return path

    def xmss_sign(self, seed: bytes, message: bytes, layer: int, tree: int, leaf: int) -> list[bytes]:
        leaves = []
        for one in range(1 << self.hp):
            ends = [
                self.chain(self.wots_secret(seed, layer, tree, one, i), 0, 15, (layer, tree, one, i))
                for i in range(self.length)
            ]
            leaves.append(self.t((layer, tree, WOTS_PK, one, 0, 0), *ends))
        signed = [
            self.chain(self.wots_secret(seed, layer, tree, leaf, i), 0, digit, (layer, tree, leaf, i))
            for i, digit in enumerate(self.digits(message))
        ]
        return [*signed, *self.path(leaves, leaf, 0, lambda *at: (layer, tree, TREE, 0, *at))]

    def wots_secret(self, seed: bytes, layer: int, tree: int, leaf: int, i: int) -> bytes:
        return self.f((layer, tree, WOTS_PRF, leaf, i, 0), seed)
