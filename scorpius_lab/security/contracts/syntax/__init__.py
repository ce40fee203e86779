"""Solidity text to a syntax tree of plain data."""
