// SPDX-License-Identifier: MIT
pragma solidity ^0.8.5;

interface IERC20Min {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

library TokenCalls {
    error TokenCallFailed(address token);

    function push(IERC20Min token, address to, uint256 amount) internal {
        _run(address(token), abi.encodeWithSelector(token.transfer.selector, to, amount));
    }

    function pull(IERC20Min token, address from, uint256 amount) internal {
        _run(address(token), abi.encodeWithSelector(token.transferFrom.selector, from, address(this), amount));
    }

    function _run(address token, bytes memory input) private {
        (bool ok, bytes memory output) = token.call(input);
        bool good = ok && (output.length == 0 ? token.code.length > 0 : abi.decode(output, (bool)));
        if (!good) revert TokenCallFailed(token);
    }
}

contract BurnableLocker {
    using TokenCalls for IERC20Min;

    mapping(IERC20Min => mapping(address => uint256)) public locked;

    function lock(IERC20Min token, uint256 amount) external {
        locked[token][msg.sender] += amount;
        token.pull(msg.sender, amount);
    }

    function unlock(IERC20Min token) external {
        uint256 amount = locked[token][msg.sender];
        locked[token][msg.sender] = 0;
        token.transfer(msg.sender, amount);
    }
}
