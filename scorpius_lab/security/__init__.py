"""Security engine: logs, contracts and transactions."""
