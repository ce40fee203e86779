"""`python -m scorpius_lab` is `scorpius`."""

from scorpius_lab.cli import main

main()
