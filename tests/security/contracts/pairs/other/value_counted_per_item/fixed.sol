// SPDX-License-Identifier: MIT
pragma solidity ^0.8.12;

contract GardenPlots {
    uint256 public constant PRICE = 0.1 ether;
    uint256 public constant PLOTS = 400;
    address public immutable trust_;
    mapping(uint256 => address) public gardener;

    event Rented(uint256 indexed plot, address indexed gardener);

    error Taken(uint256 plot);
    error Underpaid();

    constructor() {
        trust_ = msg.sender;
    }

    function rentMany(uint256[] calldata plots) external payable {
        if (msg.value != plots.length * PRICE) revert Underpaid();
        for (uint256 i = 0; i < plots.length; ++i) {
            _rent(plots[i]);
        }
    }

    function collect() external {
        require(msg.sender == trust_, "trust only");
        payable(trust_).transfer(address(this).balance);
    }

    function _rent(uint256 plot) private {
        if (plot >= PLOTS || gardener[plot] != address(0)) revert Taken(plot);
        gardener[plot] = msg.sender;
        emit Rented(plot, msg.sender);
    }
}
