pragma solidity >=0.5.0 <0.7.0;

contract FarmCoop {
    address payable[] private farmers;
    mapping(address => uint256) private owed;
    mapping(address => bool) private known;
    address private treasurer;
    uint256 private constant MOST = 20;

    event Credited(address indexed farmer, uint256 amount);

    constructor() public {
        treasurer = msg.sender;
    }

    function credit(address payable farmer) external payable {
        require(msg.sender == treasurer, "treasurer only");
        if (!known[farmer]) {
            require(farmers.length < MOST, "full");
            known[farmer] = true;
            farmers.push(farmer);
        }
        owed[farmer] = owed[farmer] + msg.value;
        emit Credited(farmer, msg.value);
    }

    function payEveryone() external {
        require(msg.sender == treasurer, "treasurer only");
        for (uint256 i = 0; i < farmers.length; i++) {
            address payable farmer = farmers[i];
            uint256 amount = owed[farmer];
            owed[farmer] = 0;
            if (!farmer.send(amount)) {
                owed[farmer] = amount;
            }
        }
    }
}
