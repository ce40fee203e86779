pragma solidity ^0.5.11;

contract TokenLike {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

contract ArcadeCredits {
    TokenLike public token;
    address public house;
    mapping(address => uint256) public credits;

    event Topped(address indexed who, uint256 amount);
    event Cashed(address indexed who, uint256 amount);

    constructor(TokenLike token_) public {
        token = token_;
        house = msg.sender;
    }

    function topUp(uint256 amount) external {
        require(credits[msg.sender] + amount >= amount, "overflow");
        credits[msg.sender] += amount;
        emit Topped(msg.sender, amount);
        if (!token.transferFrom(msg.sender, address(this), amount)) revert("not received");
    }

    function cashOut(uint256 amount) external {
        require(credits[msg.sender] >= amount, "credits");
        credits[msg.sender] -= amount;
        emit Cashed(msg.sender, amount);
        bool ok = token.transfer(msg.sender, amount);
        require(ok, "not sent");
    }
}
