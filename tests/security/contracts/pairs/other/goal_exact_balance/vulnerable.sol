pragma solidity ^0.4.24;

contract SevenShares {
    address[] private holders;
    uint256 private collected;
    bool private done;
    uint256 public constant SHARE = 1 ether;

    event Joined(address holder);
    event Completed(address last);

    function join() external payable {
        require(msg.value == SHARE && holders.length < 7);
        holders.push(msg.sender);
        collected += msg.value;
        emit Joined(msg.sender);
    }

    function finish() external {
        require(!done);
        require(this.balance == 7 * SHARE);
        done = true;
        address last = holders[6];
        emit Completed(last);
        last.transfer(7 * SHARE);
    }
}
