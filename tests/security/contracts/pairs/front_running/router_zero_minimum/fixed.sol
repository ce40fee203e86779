// SPDX-License-Identifier: MIT
pragma solidity ^0.8.16;

interface IRouter {
    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external returns (uint256[] memory amounts);
}

interface IPayToken {
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
}

contract InvoicePayments {
    IRouter public immutable router;
    address public immutable settlement;

    event Paid(bytes32 indexed invoice, address indexed payer, uint256 received);

    error Unfunded();

    constructor(IRouter router_, address settlement_) {
        router = router_;
        settlement = settlement_;
    }

    function pay(bytes32 invoice, address merchant, IPayToken token, uint256 amount, uint256 minimum, uint256 deadline) external {
        if (!token.transferFrom(msg.sender, address(this), amount)) revert Unfunded();
        require(token.approve(address(router), amount), "approve");
        uint256 received = _swap(address(token), amount, merchant, minimum, deadline);
        emit Paid(invoice, msg.sender, received);
    }

    function _swap(address token, uint256 amount, address to, uint256 minimum, uint256 deadline) private returns (uint256) {
        require(minimum > 0, "minimum");
        address[] memory path = new address[](2);
        path[0] = token;
        path[1] = settlement;
        uint256[] memory amounts = router.swapExactTokensForTokens(amount, minimum, path, to, deadline);
        return amounts[1];
    }
}
