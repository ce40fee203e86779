pragma solidity ^0.4.22;

contract Administered {
    address internal admin;

    modifier onlyAdmin() {
        require(msg.sender == admin);
        _;
    }
}

contract PrizeLedger is Administered {
    struct Prize {
        string label;
        uint256 amount;
        address winner;
    }

    Prize[] public prizes;

    constructor() public {
        admin = msg.sender;
    }

    function fund() external payable {
        require(msg.value > 0);
    }

    function award(string label, address winner) external onlyAdmin {
        require(winner != address(0));
        uint256 amount = address(this).balance / 4;
        prizes.push(Prize(label, amount, winner));
        winner.transfer(amount);
    }

    function count() external view returns (uint256) {
        return prizes.length;
    }
}
