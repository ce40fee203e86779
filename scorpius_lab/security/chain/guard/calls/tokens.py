"""ERC-20, ERC-721, ERC-1155, wrapped coins and Permit2."""

from __future__ import annotations

from scorpius_lab.security.chain.guard.calls.deed import Deed, Protocol, Verb, address, listed, whole

COIN = "coin"

PROTOCOL = Protocol(
    "tokens",
    {
        "transfer(address,uint256)": lambda a, c: [
            Deed(Verb.TRANSFER, token=c.target, receiver=address(a[0]), amount=whole(a[1]))
        ],
        "transferFrom(address,address,uint256)": lambda a, c: [
            Deed(Verb.TRANSFER_FROM, token=c.target, owner=address(a[0]), receiver=address(a[1]), amount=whole(a[2]))
        ],
        "safeTransferFrom(address,address,uint256)": lambda a, c: [
            Deed(Verb.TRANSFER_FROM, token=c.target, owner=address(a[0]), receiver=address(a[1]), amount=1)
        ],
        "safeTransferFrom(address,address,uint256,uint256,bytes)": lambda a, c: [
            Deed(Verb.TRANSFER_FROM, token=c.target, owner=address(a[0]), receiver=address(a[1]), amount=whole(a[3]))
        ],
        "approve(address,uint256)": lambda a, c: [
            Deed(Verb.APPROVE, token=c.target, spender=address(a[0]), amount=whole(a[1]))
        ],
        "increaseAllowance(address,uint256)": lambda a, c: [
            Deed(Verb.APPROVE, token=c.target, spender=address(a[0]), amount=whole(a[1]))
        ],
        "setApprovalForAll(address,bool)": lambda a, c: [
            Deed(Verb.APPROVE_ALL, token=c.target, spender=address(a[0]), amount=whole(int(bool(a[1]))))
        ],
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": lambda a, c: [
            Deed(
                Verb.PERMIT,
                token=c.target,
                owner=address(a[0]),
                spender=address(a[1]),
                amount=whole(a[2]),
                deadline=whole(a[3]),
            )
        ],
        # Permit2: the owner's signature lets a spender take tokens
        "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)": lambda a, _: [
            Deed(
                Verb.PERMIT,
                token=address(listed(listed(a[1])[0])[0]),
                owner=address(a[0]),
                spender=address(listed(a[1])[1]),
                amount=_permitted(whole(listed(listed(a[1])[0])[1])),
                deadline=whole(listed(listed(a[1])[0])[2]),
            )
        ],
        "approve(address,address,uint160,uint48)": lambda a, _: [
            Deed(
                Verb.APPROVE,
                token=address(a[0]),
                spender=address(a[1]),
                amount=_permitted(whole(a[2])),
                deadline=whole(a[3]),
            )
        ],
        "transferFrom(address,address,uint160,address)": lambda a, _: [
            Deed(
                Verb.TRANSFER_FROM, token=address(a[3]), owner=address(a[0]), receiver=address(a[1]), amount=whole(a[2])
            )
        ],
        "deposit()": lambda _, c: [Deed(Verb.WRAP, token=c.target, amount=c.value, receiver=c.sender)],
        "withdraw(uint256)": lambda a, c: [Deed(Verb.UNWRAP, token=c.target, amount=whole(a[0]), receiver=c.sender)],
    },
)


def _permitted(amount: int) -> int:
    """Permit2 keeps 160 bits: all of them set is everything."""
    return 2**256 - 1 if amount == 2**160 - 1 else amount
