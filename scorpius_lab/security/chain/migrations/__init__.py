"""The chain engine's tables, as numbered SQL files. A released file is never edited; a change is a new file."""
