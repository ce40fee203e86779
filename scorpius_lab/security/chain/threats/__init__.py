"""What is done to those who trade, one file each: how it is found, what to do. To add one, copy a neighbour."""

from __future__ import annotations

from scorpius_lab.security.chain.threats.address_poisoning import THREAT as ADDRESS_POISONING
from scorpius_lab.security.chain.threats.approval_phishing import THREAT as APPROVAL_PHISHING
from scorpius_lab.security.chain.threats.flash_loan_attack import THREAT as FLASH_LOAN_ATTACK
from scorpius_lab.security.chain.threats.honeypot import THREAT as HONEYPOT
from scorpius_lab.security.chain.threats.mixer import THREAT as MIXER
from scorpius_lab.security.chain.threats.rug_pull import THREAT as RUG_PULL
from scorpius_lab.security.chain.threats.wash_trading import THREAT as WASH_TRADING

THREATS = (
    ADDRESS_POISONING,
    APPROVAL_PHISHING,
    RUG_PULL,
    HONEYPOT,
    FLASH_LOAN_ATTACK,
    MIXER,
    WASH_TRADING,
)
