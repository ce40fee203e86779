"""What slots of storage with a number of their own are called in a message."""

from __future__ import annotations

import re

from scorpius_lab.security.contracts.analysis.slices import inputs
from scorpius_lab.security.contracts.ir.instructions import Instruction

# EIP-1967; each is the hash of `eip1967.proxy.<name>` less one.
_STANDARD = {
    0x360894A13BA1A3210667C828492DB98DCA3E2076CC3735A920A3CA505D382BBC: "implementation",
    0xB53127684A568B3173AE13B9F8A6016E243E63B6E8EE1178D6A717850B5D6103: "admin",
    0xA3F0AD74E5423AEBFD80D3EF4346578335A9A72AEAEE59FF6CB3582B35133D50: "beacon",
}
_LABEL = re.compile(r"[\w.:/-]{1,60}", re.ASCII)  # text of the source goes into a message only where it is harmless


def stored_in(store: Instruction, name: str) -> str:
    """The name of the place a store writes: that of its slot if the slot is fixed, else `name`."""
    root = store.data.root
    if not isinstance(root, Instruction):
        return name
    constants = [value.data for value in inputs(root) if value.is_constant]
    for value in constants:
        if isinstance(value, str) and _LABEL.fullmatch(value):
            return f"the slot of `{value}`"
    number = root.data if root.is_constant else None
    if not isinstance(number, int):
        return name
    if number in _STANDARD:
        return f"the {_STANDARD[number]} slot of EIP-1967"
    text = f"{number:#x}"
    return f"slot {text}" if len(text) <= 12 else f"slot {text[:6]}…{text[-4:]}"
