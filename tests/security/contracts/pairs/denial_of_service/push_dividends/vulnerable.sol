pragma solidity ^0.5.3;

contract RowingClub {
    address payable[] private members;
    mapping(address => uint256) private rank;
    uint256 private constant ENTRY = 10 finney;
    address private captain;

    event Joined(address indexed member);
    event Shared(uint256 each);

    constructor() public {
        captain = msg.sender;
    }

    function join() external payable {
        require(msg.value == ENTRY, "entry");
        require(rank[msg.sender] == 0, "member");
        members.push(msg.sender);
        rank[msg.sender] = members.length;
        emit Joined(msg.sender);
    }

    function share() external {
        require(msg.sender == captain, "captain only");
        uint256 each = address(this).balance / members.length;
        for (uint256 i = 0; i < members.length; i++) {
            members[i].transfer(each);
        }
        emit Shared(each);
    }
}
