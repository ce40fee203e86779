"""Findings written for others: SARIF, JSON, Markdown; baselines and comments that suppress."""
