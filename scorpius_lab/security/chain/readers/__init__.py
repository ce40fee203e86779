"""The formats blocks are read from, one file each. To add one, copy a neighbour and list it here."""

from __future__ import annotations

from scorpius_lab.security.chain.readers import cryo, ethereum_etl_csv, json_records

READERS = (cryo, json_records, ethereum_etl_csv)
