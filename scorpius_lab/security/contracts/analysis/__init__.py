"""Analyses over the intermediate representation: guards, origins, intervals, paths."""
