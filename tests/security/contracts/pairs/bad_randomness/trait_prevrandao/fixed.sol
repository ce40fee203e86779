// SPDX-License-Identifier: MIT
pragma solidity ^0.8.19;

interface IWordSource {
    function request() external returns (uint256 ticket);
}

contract PixelPets {
    enum Rarity { Unknown, Common, Rare, Legend }

    struct Pet {
        address owner;
        Rarity rarity;
    }

    Pet[] public pets;
    uint256 public constant PRICE = 0.05 ether;
    address public immutable studio;
    IWordSource public immutable source;
    mapping(uint256 => uint256) private petOf;

    event Hatched(uint256 indexed id, Rarity rarity);

    error SourceOnly();

    constructor(address studio_, IWordSource source_) {
        studio = studio_;
        source = source_;
    }

    function hatch() external payable returns (uint256 id) {
        require(msg.value == PRICE, "price");
        id = pets.length;
        pets.push(Pet(msg.sender, Rarity.Unknown));
        petOf[source.request()] = id + 1;
    }

    function fulfill(uint256 ticket, uint256 word) external {
        if (msg.sender != address(source)) revert SourceOnly();
        uint256 id = petOf[ticket] - 1;
        delete petOf[ticket];
        Rarity rarity = _roll(word);
        pets[id].rarity = rarity;
        emit Hatched(id, rarity);
    }

    function trade(uint256 id) external {
        Pet storage pet = pets[id];
        require(pet.owner == msg.sender && pet.rarity == Rarity.Legend, "legends only");
        pet.owner = studio;
        payable(msg.sender).transfer(1 ether);
    }

    function _roll(uint256 word) private pure returns (Rarity) {
        uint256 dice = word % 100;
        if (dice == 0) return Rarity.Legend;
        return dice < 10 ? Rarity.Rare : Rarity.Common;
    }
}
