"""Why one file is not evaluated; the scan goes on with the next."""

from __future__ import annotations


class TooDeep(Exception):  # noqa: N818 - a reason, not a failure of the program
    """The text is nested deeper than any contract people write."""


class TooSlow(Exception):  # noqa: N818
    """The file used up its time."""
