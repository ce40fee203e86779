"""C3 linearisation of contracts, bases written from most base-like to most derived as Solidity does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from scorpius_lab.security.contracts.errors import TooDeep

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.ir.program import Contract

DEEPEST = 300  # contracts that inherit one from the other; people write a dozen


def linearise(contract: Contract) -> list[Contract]:
    """The contract, then its bases from most to least derived (Barrett et al., OOPSLA 1996).

    Bases that are not there are left out; a cycle is cut where it closes; where no order satisfies C3, which no
    compiler would take, bases come depth first. Raises TooDeep for a chain beyond reason.
    """
    return _merged(contract, ())


def _merged(contract: Contract, below: tuple[Contract, ...]) -> list[Contract]:
    known = contract.__dict__.get("linearisation")
    if known is not None:
        return list(known)
    path = (*below, contract)
    if len(path) > DEEPEST:
        raise TooDeep
    bases = [base for base in reversed(contract.bases) if base is not None and base not in path]
    sequences = [_merged(base, path) for base in bases]
    sequences.append(bases)
    return [contract, *_merge([list(sequence) for sequence in sequences if sequence])]


def _merge(sequences: list[list[Contract]]) -> list[Contract]:
    """Each round takes the first head that stands in no tail; tails are counted, since chains may be long."""
    merged: list[Contract] = []
    taken: set[int] = set()
    waiting = [list(reversed(sequence)) for sequence in sequences]
    tails = Counter(id(contract) for sequence in sequences for contract in sequence[1:])
    while waiting:
        head = next((sequence[-1] for sequence in waiting if not tails[id(sequence[-1])]), waiting[0][-1])
        merged.append(head)
        taken.add(id(head))
        for sequence in waiting:
            while sequence and id(sequence[-1]) in taken:
                sequence.pop()
                if sequence:
                    tails[id(sequence[-1])] -= 1
        waiting = [sequence for sequence in waiting if sequence]
    return merged
