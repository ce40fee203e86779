"""C3 linearisation of contracts, bases written from most base-like to most derived as Solidity does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scorpius_lab.security.contracts.ir.program import Contract


def linearise(contract: Contract) -> list[Contract]:
    """The contract, then its bases from most to least derived (Barrett et al., OOPSLA 1996).

    Bases that are not there are left out; a cycle is cut where it closes; where no order satisfies C3, which no
    compiler would take, bases come depth first.
    """
    return _merged(contract, ())


def _merged(contract: Contract, below: tuple[Contract, ...]) -> list[Contract]:
    known = contract.__dict__.get("linearisation")
    if known is not None:
        return list(known)
    path = (*below, contract)
    bases = [base for base in reversed(contract.bases) if base is not None and base not in path]
    sequences = [_merged(base, path) for base in bases]
    sequences.append(bases)
    return [contract, *_merge([list(sequence) for sequence in sequences if sequence])]


def _merge(sequences: list[list[Contract]]) -> list[Contract]:
    merged: list[Contract] = []
    while sequences:
        tails = {id(contract) for sequence in sequences for contract in sequence[1:]}
        head = next((sequence[0] for sequence in sequences if id(sequence[0]) not in tails), sequences[0][0])
        merged.append(head)
        kept = ([contract for contract in sequence if contract is not head] for sequence in sequences)
        sequences = [sequence for sequence in kept if sequence]
    return merged
