"""Quantum engine: post-quantum cryptography."""
