"""What runs when: entries in the lab, and one systemd timer or crontab line for each. All times are UTC."""

from scorpius_lab.integration.schedule.cron import Cron, at_time, parse_cron
from scorpius_lab.integration.schedule.entries import Entry
from scorpius_lab.integration.schedule.install import Installation, crontab_block, systemd_units
from scorpius_lab.integration.schedule.register import ScheduleRegister

__all__ = [
    "Cron",
    "Entry",
    "Installation",
    "ScheduleRegister",
    "at_time",
    "crontab_block",
    "parse_cron",
    "systemd_units",
]
