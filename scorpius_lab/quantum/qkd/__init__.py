"""Quantum key distribution, simulated: BB84 with single photons or decoy states, and what is distilled from it."""
