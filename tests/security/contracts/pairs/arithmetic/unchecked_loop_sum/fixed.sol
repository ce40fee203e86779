// SPDX-License-Identifier: MIT
pragma solidity ^0.8.4;

contract GiftCards {
    struct Card {
        address holder;
        uint256 amount;
    }

    Card[] public cards;

    event Bought(uint256 indexed id, address indexed holder, uint256 amount);

    error WrongTotal(uint256 expected, uint256 paid);
    error NotHolder();

    function buy(address[] calldata holders, uint256[] calldata amounts) external payable {
        require(holders.length == amounts.length, "length");
        uint256 total;
        for (uint256 i = 0; i < amounts.length; ) {
            total += amounts[i];
            unchecked {
                ++i;
            }
        }
        if (total != msg.value) revert WrongTotal(total, msg.value);
        for (uint256 i = 0; i < holders.length; ++i) {
            cards.push(Card(holders[i], amounts[i]));
            emit Bought(cards.length - 1, holders[i], amounts[i]);
        }
    }

    function redeem(uint256 id) external {
        Card storage card = cards[id];
        if (card.holder != msg.sender) revert NotHolder();
        uint256 amount = card.amount;
        delete cards[id];
        payable(msg.sender).transfer(amount);
    }
}
