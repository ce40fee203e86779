pragma solidity ^0.4.21;

contract WageToken {
    mapping(address => uint256) public balanceOf;
    uint256 public constant SUPPLY = 1000000 ether;
    uint256 private constant MOST = 50;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    constructor() public {
        balanceOf[msg.sender] = SUPPLY;
    }

    function payAll(address[] workers, uint256 wage) public returns (bool) {
        require(workers.length > 0 && workers.length <= MOST);
        uint256 total = _total(workers.length, wage);
        require(balanceOf[msg.sender] >= total);
        balanceOf[msg.sender] -= total;
        for (uint256 i = 0; i < workers.length; i++) {
            _credit(workers[i], wage);
        }
        return true;
    }

    function _total(uint256 count, uint256 wage) internal pure returns (uint256) {
        return count * wage;
    }

    function _credit(address worker, uint256 wage) internal {
        uint256 next = balanceOf[worker] + wage;
        require(next >= wage);
        balanceOf[worker] = next;
        emit Transfer(msg.sender, worker, wage);
    }
}
