"""What has to be known of a chain beforehand: its wrapped coin, and tokens whose price in dollars is one by design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MAINNET = 1


@dataclass(frozen=True, slots=True)
class ChainParameters:
    """A chain by its number (EIP-155). `wrapped_coin` is the ERC-20 form of its coin, None where unknown."""

    chain_id: int
    name: str
    wrapped_coin: str | None = None


_OPTIMISM_WETH = "0x4200000000000000000000000000000000000006"

CHAINS: Mapping[int, ChainParameters] = MappingProxyType(
    {
        chain.chain_id: chain
        for chain in (
            ChainParameters(1, "Ethereum", "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"),
            ChainParameters(10, "OP Mainnet", _OPTIMISM_WETH),
            ChainParameters(56, "BNB Smart Chain", "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"),
            ChainParameters(100, "Gnosis", "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"),
            ChainParameters(137, "Polygon", "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"),
            ChainParameters(8453, "Base", _OPTIMISM_WETH),
            ChainParameters(42161, "Arbitrum One", "0x82af49447d8a07e3bd95bd0d56f35241523fbab1"),
            ChainParameters(43114, "Avalanche", "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"),
            ChainParameters(11155111, "Sepolia", "0xfff9976782d46cc05630d1f6ebab18b2324d6b14"),
        )
    }
)


def parameters_of(chain_id: int) -> ChainParameters:
    """What is known of a chain; only its number if nothing is."""
    return CHAINS.get(chain_id, ChainParameters(chain_id, f"chain {chain_id}"))
