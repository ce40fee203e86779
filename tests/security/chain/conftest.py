"""Chains out of blocks, for tests of the chain engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from scorpius_lab.core.runs import RunContext
from scorpius_lab.security.chain.attacks import Attack
from scorpius_lab.security.chain.chain import Chain
from scorpius_lab.security.chain.chains import parameters_of
from scorpius_lab.security.chain.detection import detect
from scorpius_lab.security.chain.ingest import Intake, chains
from tests.security.chain.ledger import Block, write

Read = Callable[..., Chain]


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Iterable[Path]], list[Chain]]:
    """Reads files into chains."""

    def of(paths: Iterable[Path]) -> list[Chain]:
        return list(chains(list(paths), parameters_of(1), tmp_path, Intake(), RunContext()))

    return of


@pytest.fixture
def chain_of_blocks(
    tmp_path: Path, read: Callable[[Iterable[Path]], list[Chain]]
) -> Callable[[Iterable[Block]], Chain]:
    """Blocks written as a node would, and read again."""
    numbers = iter(range(10**6))

    def of(blocks: Iterable[Block]) -> Chain:
        (chain,) = read([write(tmp_path / f"blocks-{next(numbers)}", blocks)])
        return chain

    return of


@pytest.fixture
def attacks_in(chain_of_blocks: Callable[[Iterable[Block]], Chain]) -> Callable[[Iterable[Block]], list[Attack]]:
    """The attacks in blocks."""
    return lambda blocks: detect(chain_of_blocks(blocks))
