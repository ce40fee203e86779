pragma solidity ^0.5.9;

contract DoubleUp {
    struct Game {
        address payable player;
        uint256 stake;
        bytes32 bankHash;
        bool heads;
        uint256 refundBlock;
    }

    address payable private bank;
    uint256 private reserved;
    uint256 public constant MAXIMUM = 1 ether;
    bytes32[] private offers;
    mapping(uint256 => Game) private games;

    event Flipped(address indexed player, bool won, uint256 stake);

    constructor() public payable {
        bank = msg.sender;
    }

    function offer(bytes32 bankHash) external {
        require(msg.sender == bank, "bank only");
        offers.push(bankHash);
    }

    function flip(uint256 id, bool heads) external payable {
        require(msg.value > 0 && msg.value <= MAXIMUM, "stake");
        require(games[id].player == address(0), "taken");
        require(address(this).balance >= reserved + 2 * msg.value, "bank is low");
        reserved = reserved + 2 * msg.value;
        games[id] = Game(msg.sender, msg.value, offers[id], heads, block.number + 5000);
    }

    function reveal(uint256 id, bytes32 secret) external {
        Game memory game = games[id];
        require(game.stake > 0 && keccak256(abi.encodePacked(secret)) == game.bankHash, "secret");
        bool won = (uint8(secret[31]) & 1 == 1) == game.heads;
        games[id].stake = 0;
        reserved = reserved - 2 * game.stake;
        emit Flipped(game.player, won, game.stake);
        if (won) {
            game.player.transfer(2 * game.stake);
        }
    }

    function expire(uint256 id) external {
        Game memory game = games[id];
        require(game.stake > 0 && block.number >= game.refundBlock, "running");
        games[id].stake = 0;
        reserved = reserved - 2 * game.stake;
        game.player.transfer(2 * game.stake);
    }

    function takeOut(uint256 amount) external {
        require(msg.sender == bank, "bank only");
        require(address(this).balance >= reserved + amount, "reserved");
        bank.transfer(amount);
    }
}
