"""The formats blocks are read from, one file each. To add one, copy a neighbour and list it here."""

from __future__ import annotations

from scorpius_lab.security.chain.readers import json_records

READERS = (json_records,)
