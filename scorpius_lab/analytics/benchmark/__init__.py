"""Measure what this machine does with the cryptography and the store, and hold it against what the product promises.

The engine measures and records observations; the report only draws them.
"""
