"""What fits no other class."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.other.exact_balance import EXACT_BALANCE
from scorpius_lab.security.contracts.detectors.other.nominal_deposit import NOMINAL_DEPOSIT
from scorpius_lab.security.contracts.detectors.other.packed_collision import PACKED_COLLISION
from scorpius_lab.security.contracts.detectors.other.reversed_text import REVERSED_TEXT
from scorpius_lab.security.contracts.detectors.other.shadowed_variable import SHADOWED_VARIABLE
from scorpius_lab.security.contracts.detectors.other.signature_malleability import SIGNATURE_MALLEABILITY
from scorpius_lab.security.contracts.detectors.other.signature_replay import SIGNATURE_REPLAY
from scorpius_lab.security.contracts.detectors.other.unset_pointer import UNSET_STORAGE_POINTER
from scorpius_lab.security.contracts.detectors.other.value_in_loop import VALUE_IN_LOOP
from scorpius_lab.security.contracts.detectors.other.zero_signer import ZERO_SIGNER

DETECTORS: tuple[Detector, ...] = (
    UNSET_STORAGE_POINTER,
    VALUE_IN_LOOP,
    PACKED_COLLISION,
    EXACT_BALANCE,
    SIGNATURE_REPLAY,
    SIGNATURE_MALLEABILITY,
    ZERO_SIGNER,
    NOMINAL_DEPOSIT,
    SHADOWED_VARIABLE,
    REVERSED_TEXT,
)
