"""What the notebooks in `notebooks/explore` draw: one module a notebook."""
