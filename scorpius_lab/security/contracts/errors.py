"""Why one file is not evaluated; the scan goes on with the next."""

from __future__ import annotations


class TooDeep(Exception):
    """The text is nested deeper than any contract people write."""


class TooLarge(Exception):
    """The text has more in it than any contract."""


class TooSlow(Exception):
    """The file used up its time."""
