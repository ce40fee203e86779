"""How near an address is to others that are known for something: by hops, and by where its money came from."""

from __future__ import annotations

from scorpius_lab.security.chain.exposure.hops import Limits, reached
from scorpius_lab.security.chain.exposure.labels import Labels, read_labels
from scorpius_lab.security.chain.exposure.taint import Method, Taint, taint

__all__ = ["Labels", "Limits", "Method", "Taint", "reached", "read_labels", "taint"]
