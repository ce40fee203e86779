// SPDX-License-Identifier: MIT
pragma solidity ^0.7.4;

contract LeagueTable {
    address public immutable referee;
    mapping(uint256 => mapping(address => uint256)) private score;
    uint256 public season;

    event SeasonClosed(uint256 season);

    constructor() {
        referee = msg.sender;
    }

    function enter() external {
        require(score[season][msg.sender] == 0, "entered");
        score[season][msg.sender] = 1;
    }

    function report(address who, uint256 goals) external {
        require(msg.sender == referee, "referee only");
        mapping(address => uint256) storage current = score[season];
        require(current[who] > 0, "unknown");
        current[who] = current[who] + goals;
    }

    function scoreOf(address who) external view returns (uint256) {
        return score[season][who];
    }

    function closeSeason() external {
        require(msg.sender == referee, "referee only");
        season = season + 1;
        emit SeasonClosed(season);
    }
}
