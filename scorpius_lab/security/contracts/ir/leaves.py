"""Which contracts are looked at: those nothing builds on, and of the others what the former do not show."""

from __future__ import annotations

from scorpius_lab.security.contracts.ir.program import Contract, Program


def contracts_to_look_at(program: Program) -> dict[str, list[Contract]]:
    """Contracts of the files asked for, by the path of their file.

    A contract that another one inherits from is seen within that one, as it will be deployed. What is left to look at
    of it are functions the other overrides without calling; its entries are cut down to these when they are asked for.
    """
    contracts = [contract for contract in program.contracts() if contract.kind != "interface"]
    inherited = {id(base) for contract in contracts for base in contract.ancestors}
    found: dict[str, list[Contract]] = {}
    leaves = [contract for contract in contracts if id(contract) not in inherited]
    for contract in leaves:
        found.setdefault(contract.unit.path, []).append(contract)
    heirs: dict[int, list[Contract]] = {}
    for contract in leaves:
        for base in contract.ancestors:
            heirs.setdefault(id(base), []).append(contract)
    for contract in contracts:
        if id(contract) in inherited and _overridden(contract, heirs.get(id(contract), [])):
            contract.heirs = heirs[id(contract)]
            found.setdefault(contract.unit.path, []).append(contract)
    return found


def _overridden(contract: Contract, heirs: list[Contract]) -> bool:
    """Whether every heir replaces some function of a contract."""
    own = {f.signature for f in contract.own_functions if f.kind == "function" and f.implemented}
    return bool(heirs) and any(all(_replaces(heir, contract, signature) for heir in heirs) for signature in own)


def _replaces(heir: Contract, base: Contract, signature: str) -> bool:
    for contract in heir.linearisation:
        if contract is base:
            return False
        if any(f.signature == signature and f.implemented for f in contract.own_functions):
            return True
    return False
