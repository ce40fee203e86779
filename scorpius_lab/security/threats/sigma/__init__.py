"""Sigma rules: loading, conversion to DuckDB, evaluation batch by batch, correlations over time."""
