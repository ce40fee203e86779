pragma solidity ^0.5.3;

contract RowingClub {
    mapping(address => bool) private member;
    mapping(address => uint256) private seen;
    uint256 private members;
    uint256 private perMember;
    uint256 private unshared;
    uint256 private constant ENTRY = 10 finney;
    address private captain;

    event Joined(address indexed member);
    event Shared(uint256 each);

    constructor() public {
        captain = msg.sender;
    }

    function join() external payable {
        require(msg.value == ENTRY, "entry");
        require(!member[msg.sender], "member");
        member[msg.sender] = true;
        seen[msg.sender] = perMember;
        members = members + 1;
        unshared = unshared + msg.value;
        emit Joined(msg.sender);
    }

    function share() external {
        require(msg.sender == captain, "captain only");
        uint256 each = unshared / members;
        unshared = unshared - each * members;
        perMember = perMember + each;
        emit Shared(each);
    }

    function collect() external {
        require(member[msg.sender], "members only");
        uint256 amount = perMember - seen[msg.sender];
        seen[msg.sender] = perMember;
        msg.sender.transfer(amount);
    }
}
