"""What every engine stands on. Nothing here imports an engine."""
