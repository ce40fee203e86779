"""Who may do what."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.access_control.arbitrary_write import ARBITRARY_WRITE
from scorpius_lab.security.contracts.detectors.access_control.empty_check import EMPTY_CHECK
from scorpius_lab.security.contracts.detectors.access_control.foreign_code import FOREIGN_CODE
from scorpius_lab.security.contracts.detectors.access_control.open_authority import OPEN_AUTHORITY
from scorpius_lab.security.contracts.detectors.access_control.open_call import OPEN_CALL
from scorpius_lab.security.contracts.detectors.access_control.open_delegate import OPEN_DELEGATE
from scorpius_lab.security.contracts.detectors.access_control.open_initialiser import OPEN_INITIALISER
from scorpius_lab.security.contracts.detectors.access_control.open_mint import OPEN_MINT
from scorpius_lab.security.contracts.detectors.access_control.open_payment import OPEN_PAYMENT
from scorpius_lab.security.contracts.detectors.access_control.open_selfdestruct import OPEN_SELFDESTRUCT
from scorpius_lab.security.contracts.detectors.access_control.open_upgrade import OPEN_UPGRADE
from scorpius_lab.security.contracts.detectors.access_control.pull_from_anyone import PULL_FROM_ANYONE
from scorpius_lab.security.contracts.detectors.access_control.storage_collision import STORAGE_COLLISION
from scorpius_lab.security.contracts.detectors.access_control.tx_origin import TX_ORIGIN
from scorpius_lab.security.contracts.detectors.access_control.unsettled_payment import UNSETTLED_PAYMENT
from scorpius_lab.security.contracts.detectors.access_control.zero_authority import ZERO_AUTHORITY

DETECTORS: tuple[Detector, ...] = (
    OPEN_AUTHORITY,
    OPEN_INITIALISER,
    OPEN_PAYMENT,
    OPEN_SELFDESTRUCT,
    OPEN_CALL,
    FOREIGN_CODE,
    OPEN_DELEGATE,
    OPEN_UPGRADE,
    STORAGE_COLLISION,
    ARBITRARY_WRITE,
    OPEN_MINT,
    PULL_FROM_ANYONE,
    UNSETTLED_PAYMENT,
    EMPTY_CHECK,
    TX_ORIGIN,
    ZERO_AUTHORITY,
)
