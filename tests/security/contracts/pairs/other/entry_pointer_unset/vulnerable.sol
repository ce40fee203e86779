pragma solidity ^0.4.22;

contract GuestBook {
    address private keeper;
    uint256 private fee;

    struct Entry {
        address guest;
        uint256 paid;
        bytes32 text;
    }

    Entry[] private entries;

    event Signed(address indexed guest, bytes32 text);

    constructor(uint256 fee_) public {
        keeper = msg.sender;
        fee = fee_;
    }

    function sign(bytes32 text) external payable {
        require(msg.value >= fee);
        Entry entry;
        entry.guest = msg.sender;
        entry.paid = msg.value;
        entry.text = text;
        entries.push(entry);
        emit Signed(msg.sender, text);
    }

    function collect() external {
        require(msg.sender == keeper);
        keeper.transfer(address(this).balance);
    }
}
