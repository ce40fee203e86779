"""What can go wrong in the chain engine, for those who catch it."""

from __future__ import annotations

from scorpius_lab.errors import FormatError, UsageError


class WrongChain(UsageError):
    """The files are of another chain than was said."""


class ListUnusable(FormatError):
    """A list of addresses that cannot be read or holds none."""

    exit_code = 2
