"""Who comes first."""

from __future__ import annotations

from scorpius_lab.security.contracts.detection import Detector
from scorpius_lab.security.contracts.detectors.front_running.approve_race import APPROVE_RACE
from scorpius_lab.security.contracts.detectors.front_running.changeable_price import CHANGEABLE_PRICE
from scorpius_lab.security.contracts.detectors.front_running.copied_answer import COPIED_ANSWER
from scorpius_lab.security.contracts.detectors.front_running.ignored_limit import IGNORED_LIMIT
from scorpius_lab.security.contracts.detectors.front_running.name_race import NAME_RACE
from scorpius_lab.security.contracts.detectors.front_running.open_choice import OPEN_CHOICE
from scorpius_lab.security.contracts.detectors.front_running.order_dependent_payout import ORDER_DEPENDENT_PAYOUT
from scorpius_lab.security.contracts.detectors.front_running.spot_price import SPOT_PRICE
from scorpius_lab.security.contracts.detectors.front_running.swap_without_deadline import SWAP_WITHOUT_DEADLINE
from scorpius_lab.security.contracts.detectors.front_running.swap_without_minimum import SWAP_WITHOUT_MINIMUM

DETECTORS: tuple[Detector, ...] = (
    ORDER_DEPENDENT_PAYOUT,
    COPIED_ANSWER,
    APPROVE_RACE,
    OPEN_CHOICE,
    SWAP_WITHOUT_MINIMUM,
    SWAP_WITHOUT_DEADLINE,
    SPOT_PRICE,
    CHANGEABLE_PRICE,
    IGNORED_LIMIT,
    NAME_RACE,
)
