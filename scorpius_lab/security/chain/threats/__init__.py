"""What is done to those who trade, one file each: how it is found, what to do. To add one, copy a neighbour."""

from __future__ import annotations

from scorpius_lab.security.chain.threats.address_poisoning import THREAT as ADDRESS_POISONING

THREATS = (ADDRESS_POISONING,)
