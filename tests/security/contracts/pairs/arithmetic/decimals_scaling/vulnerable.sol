// SPDX-License-Identifier: MIT
pragma solidity ^0.7.5;

interface IDecimals {
    function decimals() external view returns (uint8);
}

contract ScaledQuotes {
    mapping(address => uint8) private decimalsOf;
    mapping(address => bool) public listed;

    event Listed(address indexed token, uint8 decimals);

    function list(IDecimals token) external {
        uint8 d = token.decimals();
        decimalsOf[address(token)] = d;
        listed[address(token)] = true;
        emit Listed(address(token), d);
    }

    function normalized(address token, uint256 amount) public view returns (uint256) {
        require(listed[token], "not listed");
        uint256 factor = 10 ** uint256(18 - decimalsOf[token]);
        return amount * factor;
    }
}
