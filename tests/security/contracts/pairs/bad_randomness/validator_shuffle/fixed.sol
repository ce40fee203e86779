// SPDX-License-Identifier: MIT
pragma solidity ^0.8.10;

contract DraftOrder {
    address[] private teams;
    mapping(address => uint256) public pickOf;
    mapping(address => bytes32) public commitOf;
    address public immutable league;
    uint256 private revealed;
    bytes32 private combined;
    bool public closed;

    event Ordered(address[] teams);

    constructor() {
        league = msg.sender;
    }

    function enroll(bytes32 commitment) external payable {
        require(!closed && teams.length < 32, "closed");
        require(commitOf[msg.sender] == 0 && commitment != 0, "enrolled");
        require(msg.value == 1 ether, "fee");
        commitOf[msg.sender] = commitment;
        teams.push(msg.sender);
    }

    function close() external {
        require(msg.sender == league && !closed, "league only");
        closed = true;
    }

    function reveal(bytes32 secret) external {
        require(closed && keccak256(abi.encode(msg.sender, secret)) == commitOf[msg.sender], "secret");
        commitOf[msg.sender] = 0;
        combined ^= secret;
        revealed += 1;
    }

    function order() external {
        require(closed && revealed == teams.length && revealed > 1, "not all");
        uint256 random = uint256(combined);
        for (uint256 i = teams.length - 1; i > 0; --i) {
            uint256 j = random % (i + 1);
            random = uint256(keccak256(abi.encode(random)));
            (teams[i], teams[j]) = (teams[j], teams[i]);
            pickOf[teams[i]] = i + 1;
        }
        pickOf[teams[0]] = 1;
        revealed = 0;
        emit Ordered(teams);
        payable(teams[0]).transfer(address(this).balance);
    }
}
