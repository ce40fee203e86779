// SPDX-License-Identifier: MIT
pragma solidity ^0.8.10;

contract CappedMint {
    uint256 public constant CAP = 1e27;
    uint256 public supply;
    mapping(address => uint256) public balanceOf;
    address public immutable minter;

    event Minted(address indexed to, uint256 amount);

    error OverCap();

    constructor(address minter_) {
        require(minter_ != address(0), "minter");
        minter = minter_;
    }

    function mint(address to, uint256 amount) external {
        require(msg.sender == minter, "minter only");
        uint256 next = _plus(supply, amount);
        if (next > CAP) revert OverCap();
        supply = next;
        balanceOf[to] = _plus(balanceOf[to], amount);
        emit Minted(to, amount);
    }

    function burn(uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        supply -= amount;
    }

    function _plus(uint256 a, uint256 b) private pure returns (uint256 c) {
        assembly {
            c := add(a, b)
        }
    }
}
