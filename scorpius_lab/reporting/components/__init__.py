"""What a report is built from. Every constructor returns a `Block` and escapes all text it is given."""

from scorpius_lab.reporting.components.block import Block
from scorpius_lab.reporting.components.cards import Card, CardTable, Excerpt, anchor, cards
from scorpius_lab.reporting.components.page import (
    cover,
    headline,
    log_entry,
    masthead,
    note,
    provenance,
    signoff,
    stats,
    text,
)
from scorpius_lab.reporting.components.severities import severity_heat
from scorpius_lab.reporting.components.story import attack, timeline
from scorpius_lab.reporting.components.tables import heat, not_looked_at, records

__all__ = [
    "Block",
    "Card",
    "CardTable",
    "Excerpt",
    "anchor",
    "attack",
    "cards",
    "cover",
    "headline",
    "heat",
    "log_entry",
    "masthead",
    "not_looked_at",
    "note",
    "provenance",
    "records",
    "severity_heat",
    "signoff",
    "stats",
    "text",
    "timeline",
]
