pragma solidity ^0.4.15;

contract HeirFund {
    address trustee;
    address heir;
    uint256 releaseBlock;

    event TrusteeSet(address trustee);

    function HeirFund(address firstHeir, uint256 blocks) public payable {
        require(firstHeir != 0x0);
        heir = firstHeir;
        releaseBlock = block.number + blocks;
        assignTrustee(msg.sender);
    }

    function resign(address next) external {
        require(msg.sender == trustee);
        assignTrustee(next);
    }

    function assignTrustee(address next) internal {
        require(next != 0x0);
        trustee = next;
        TrusteeSet(next);
    }

    function release() external {
        require(block.number >= releaseBlock || msg.sender == trustee);
        heir.transfer(this.balance);
    }

    function replaceHeir(address next) external {
        require(msg.sender == trustee && next != 0x0);
        heir = next;
    }
}
