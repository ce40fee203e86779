// SPDX-License-Identifier: MIT
pragma solidity ^0.7.4;

contract LeagueTable {
    address public immutable referee;
    address[] private entrants;
    mapping(address => uint256) private score;
    uint256 public season;

    event SeasonClosed(uint256 season);

    constructor() {
        referee = msg.sender;
    }

    function enter() external {
        require(score[msg.sender] == 0, "entered");
        score[msg.sender] = 1;
        entrants.push(msg.sender);
    }

    function report(address who, uint256 goals) external {
        require(msg.sender == referee, "referee only");
        require(score[who] > 0, "unknown");
        score[who] = score[who] + goals;
    }

    function scoreOf(address who) external view returns (uint256) {
        return score[who];
    }

    function closeSeason() external {
        require(msg.sender == referee, "referee only");
        for (uint256 i = 0; i < entrants.length; i++) {
            delete score[entrants[i]];
        }
        delete entrants;
        season = season + 1;
        emit SeasonClosed(season);
    }
}
