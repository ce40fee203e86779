"""Parsers that several rooms need. Nothing here imports an engine."""
