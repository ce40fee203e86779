"""The typed intermediate representation: contracts, functions, control flow, SSA."""
