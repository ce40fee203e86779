"""What `chain.ingest` and `chain.detect` take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from scorpius_lab.errors import UsageError
from scorpius_lab.security.chain.addresses import parse_address
from scorpius_lab.security.chain.attacks import Kind

ChainId = Annotated[int, Field(gt=0, lt=2**63, description="Number of the chain (EIP-155); 1 is Ethereum.")]


def _address(text: str) -> str:
    try:
        return parse_address(text)
    except UsageError as error:
        raise ValueError(str(error)) from error


Address = Annotated[str, AfterValidator(_address)]


class IngestParameters(BaseModel):
    """What `chain.ingest` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: Annotated[list[Path], Field(description="Files and folders with blocks, receipts, logs or traces.")] = []
    chain_id: ChainId = 1
    verify_roots: Annotated[bool, Field(description="Compute the transactions and receipts roots again.")] = False
    endpoint: Annotated[
        str, Field(description="Read from a JSON-RPC endpoint: the name of the environment variable with its address.")
    ] = ""
    first: Annotated[int | None, Field(ge=0, description="From this height; default: after the last stored.")] = None
    last: Annotated[int | None, Field(ge=0, description="Up to this height; default: the last the node has.")] = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.paths) == bool(self.endpoint):
            raise ValueError("give either files of blocks or an endpoint")
        return self


class DetectParameters(BaseModel):
    """What `chain.detect` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chain_id: ChainId = 1
    first: Annotated[int | None, Field(ge=0, description="From this height.")] = None
    last: Annotated[int | None, Field(ge=0, description="Up to this height, including.")] = None
    kinds: Annotated[list[Kind], Field(description="Only these kinds.")] = []
    watch: Annotated[list[Address], Field(description="Wallets of ours: attacks on them become findings.")] = []

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"the first block {self.first} is after the last one {self.last}")
        return self


class ThreatParameters(BaseModel):
    """What `chain.threats` takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chain_id: ChainId = 1
    labels: Annotated[list[Path], Field(description="Lists of known bad addresses.")] = []
    mixers: Annotated[list[Path], Field(description="Lists of mixers' addresses.")] = []
