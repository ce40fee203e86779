pragma solidity ^0.4.20;

contract CarouselSlots {
    address[10] private slots;
    uint256 private pot;
    uint256 private spins;
    uint256 public constant RENT = 10 finney;
    address private operator;

    event Stopped(uint256 slot, address rider, uint256 amount);

    modifier operatorOnly() {
        require(msg.sender == operator);
        _;
    }

    function CarouselSlots() public {
        operator = msg.sender;
    }

    function ride(uint256 slot) external payable {
        require(slot < 10 && slots[slot] == address(0));
        require(msg.value == RENT);
        slots[slot] = msg.sender;
        pot += msg.value;
    }

    function stop() external operatorOnly {
        uint256 slot = _current();
        address rider = slots[slot];
        require(rider != address(0));
        uint256 amount = pot;
        pot = 0;
        spins += 1;
        delete slots;
        Stopped(slot, rider, amount);
        rider.transfer(amount);
    }

    function _current() private view returns (uint256) {
        return (now / 15) % 10;
    }
}
