"""The fingerprint of a finding: what stays the same when code is reformatted, commented and moved."""

from __future__ import annotations

from scorpius_lab.core.identity import content_id
from scorpius_lab.security.contracts.comments import bare_code

LENGTH = 32


def fingerprint(detector_id: str, contract: str, function: str, statement_text: str, ordinal: int) -> str:
    """32 hex digits that name a finding over edits around it.

    `function` is its name or signature, `statement_text` the source it stands on: comments and layout in both do not
    count. `ordinal` tells equal statements of one function apart, from 0 in the order of the text.
    """
    return content_id("contracts", detector_id, contract, bare_code(function), bare_code(statement_text), str(ordinal))[
        :LENGTH
    ]
