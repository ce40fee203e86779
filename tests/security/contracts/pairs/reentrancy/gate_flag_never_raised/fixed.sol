pragma solidity ^0.6.0;

contract Gate {
    bool private inside;

    modifier gate() {
        require(!inside, "inside");
        inside = true;
        _;
        inside = false;
    }
}

contract TipJar is Gate {
    mapping(address => uint256) private tips;
    uint256 public total;

    event Tipped(address indexed artist, uint256 amount);

    function tip(address artist) external payable gate {
        require(artist != address(0), "artist");
        tips[artist] = tips[artist] + msg.value;
        total = total + msg.value;
        emit Tipped(artist, msg.value);
    }

    function collect() external gate {
        uint256 amount = tips[msg.sender];
        require(amount > 0, "nothing");
        (bool success, ) = msg.sender.call{value: amount}("");
        require(success, "failed");
        tips[msg.sender] = 0;
    }
}
