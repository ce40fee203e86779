// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

interface IRouterLiquidity {
    function addLiquidityETH(
        address token,
        uint256 amountTokenDesired,
        uint256 amountTokenMin,
        uint256 amountETHMin,
        address to,
        uint256 deadline
    ) external payable returns (uint256 amountToken, uint256 amountETH, uint256 liquidity);
}

interface ILaunchToken {
    function approve(address spender, uint256 amount) external returns (bool);
}

contract LaunchPool {
    IRouterLiquidity public immutable router;
    ILaunchToken public immutable token;
    address public immutable team;
    uint256 public raised;

    event Launched(uint256 liquidity);

    error TeamOnly();

    constructor(IRouterLiquidity router_, ILaunchToken token_) {
        router = router_;
        token = token_;
        team = msg.sender;
    }

    receive() external payable {
        raised += msg.value;
    }

    function launch(uint256 tokens, uint256 minTokens, uint256 minEther, uint256 deadline) external {
        if (msg.sender != team) revert TeamOnly();
        require(token.approve(address(router), tokens), "approve");
        uint256 amount = address(this).balance;
        (, , uint256 liquidity) =
            router.addLiquidityETH{value: amount}(address(token), tokens, minTokens, minEther, team, deadline);
        emit Launched(liquidity);
    }
}
