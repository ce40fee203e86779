"""A CycloneDX 1.6 bill of materials of installed Python packages, the same bytes for the same packages."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scorpius_lab.errors import FormatError, MissingExtra

if TYPE_CHECKING:
    from cyclonedx.validation.json import JsonStrictValidator

# The list says what is installed, not when it was written; a fixed time keeps equal lists one blob.
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_NAMESPACE = uuid.UUID("5f2c7f5e-6a43-5c0e-9a60-0f6d1a4b8c11")


@dataclass(frozen=True, slots=True, order=True)
class InstalledPackage:
    """A distribution: name, version, and its origin if it did not come from an index."""

    name: str
    version: str
    origin: str = ""


def cyclonedx_json(packages: Sequence[InstalledPackage]) -> bytes:
    """The bill of materials, checked strictly against the 1.6 schema.

    Raises MissingExtra if the CycloneDX library is not installed, FormatError if a package cannot be described.
    """
    try:
        from cyclonedx.model.bom import Bom
        from cyclonedx.model.component import Component, ComponentType
        from cyclonedx.output.json import JsonV1Dot6
        from packageurl import PackageURL
    except ImportError as missing:
        raise MissingExtra(
            "the bill of materials needs cyclonedx; `pip install 'scorpius-lab[compliance]'`"
        ) from missing
    distinct = sorted(set(packages))
    bom = Bom(serial_number=uuid.uuid5(_NAMESPACE, repr(distinct)))
    bom.metadata.timestamp = _NO_TIME
    for package in distinct:
        normal = re.sub(r"[-_.]+", "-", package.name).lower()
        bom.components.add(
            Component(
                name=package.name,
                version=package.version,
                type=ComponentType.LIBRARY,
                bom_ref=f"{normal}@{package.version}",
                purl=PackageURL("pypi", None, normal, package.version),
            )
        )
    text: str = JsonV1Dot6(bom).output_as_string()
    wrong = _validator().validate_str(text)
    if wrong is not None:
        raise FormatError(f"the bill of materials is not valid CycloneDX 1.6: {wrong}")
    return text.encode()


@functools.cache
def _validator() -> JsonStrictValidator:
    """Loading the schema takes most of the time of a validation."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6)
