// SPDX-License-Identifier: MIT
pragma solidity ^0.7.6;

interface IERC20Pair {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

contract EtherPair {
    IERC20Pair public immutable token;
    uint112 public tokenReserve;
    uint112 public etherReserve;
    address public immutable maker;

    event Sold(address indexed who, uint256 tokens, uint256 paid);

    constructor(IERC20Pair token_) {
        token = token_;
        maker = msg.sender;
    }

    function seed(uint112 tokens) external payable {
        require(msg.sender == maker && tokenReserve == 0, "seeded");
        require(tokens > 0 && msg.value > 0 && msg.value < 2 ** 112, "seed");
        tokenReserve = tokens;
        etherReserve = uint112(msg.value);
        require(token.transferFrom(msg.sender, address(this), tokens), "not received");
    }

    function sell(uint112 tokens) external {
        uint256 paid = quote(tokens);
        require(paid > 0, "too small");
        uint256 sum = uint256(tokenReserve) + tokens;
        require(sum < 2 ** 112, "reserve");
        tokenReserve = uint112(sum);
        etherReserve = uint112(etherReserve - paid);
        emit Sold(msg.sender, tokens, paid);
        require(token.transferFrom(msg.sender, address(this), tokens), "not received");
        msg.sender.transfer(paid);
    }

    function quote(uint112 tokens) public view returns (uint256) {
        uint256 fee = uint256(tokens) * 997;
        return fee * etherReserve / (uint256(tokenReserve) * 1000 + fee);
    }
}
