pragma solidity ^0.5.9;

contract DoubleUp {
    address payable private bank;
    uint256 public constant MAXIMUM = 1 ether;

    event Flipped(address indexed player, bool won, uint256 stake);

    constructor() public payable {
        bank = msg.sender;
    }

    function flip(bool heads) external payable {
        require(msg.value > 0 && msg.value <= MAXIMUM, "stake");
        require(address(this).balance >= 2 * msg.value, "bank is low");
        bytes32 last = blockhash(block.number - 1);
        bool cameHeads = uint8(last[31]) & 1 == 1;
        bool won = cameHeads == heads;
        emit Flipped(msg.sender, won, msg.value);
        if (won) {
            msg.sender.transfer(2 * msg.value);
        }
    }

    function takeOut(uint256 amount) external {
        require(msg.sender == bank, "bank only");
        bank.transfer(amount);
    }
}
