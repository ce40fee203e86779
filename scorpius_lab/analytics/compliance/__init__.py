"""Compliance: what a host, a repository and a person can show about the controls of a framework."""
