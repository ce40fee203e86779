"""Threat detection over logs: readers, one event table, Sigma rules on DuckDB, findings with their records."""
