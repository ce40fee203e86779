// SPDX-License-Identifier: GPL-3.0
pragma solidity ^0.7.4;
pragma abicoder v2;

contract Council {
    struct Proposal {
        address target;
        uint256 value;
        bytes payload;
        uint256 approvals;
        bool executed;
    }

    uint256 public immutable quorum;
    mapping(address => bool) public isMember;
    mapping(uint256 => mapping(address => bool)) public hasApproved;
    Proposal[] public proposals;

    modifier onlyMember() {
        require(isMember[msg.sender], "member only");
        _;
    }

    constructor(address[] memory members, uint256 quorum_) payable {
        require(quorum_ > 0 && quorum_ <= members.length, "quorum");
        quorum = quorum_;
        for (uint256 i = 0; i < members.length; i++) {
            isMember[members[i]] = true;
        }
    }

    receive() external payable {}

    function propose(address target, uint256 value, bytes calldata payload) external onlyMember returns (uint256 id) {
        id = proposals.length;
        proposals.push(Proposal(target, value, payload, 0, false));
    }

    function approve(uint256 id) external onlyMember {
        require(!hasApproved[id][msg.sender], "twice");
        hasApproved[id][msg.sender] = true;
        proposals[id].approvals += 1;
    }

    function run(uint256 id) external returns (bytes memory) {
        Proposal storage p = proposals[id];
        require(p.approvals >= quorum, "quorum missing");
        require(!p.executed, "executed");
        (bool ok, bytes memory out) = p.target.call{value: p.value}(p.payload);
        require(ok, "call failed");
        p.executed = true;
        return out;
    }
}
