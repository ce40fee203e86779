"""Finding Solidity files, projects and the sources of imports."""
