"""Solidity source in, few true findings out."""
