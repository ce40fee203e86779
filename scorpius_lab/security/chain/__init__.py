"""Chain engine: blocks in, transfers, swaps and attacks out; guard before sending; exposure of addresses."""
