"""Ordering findings by how likely they are true."""
