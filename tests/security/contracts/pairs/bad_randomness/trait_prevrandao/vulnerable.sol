// SPDX-License-Identifier: MIT
pragma solidity ^0.8.19;

contract PixelPets {
    enum Rarity { Common, Rare, Legend }

    struct Pet {
        address owner;
        Rarity rarity;
    }

    Pet[] public pets;
    uint256 public constant PRICE = 0.05 ether;
    address public immutable studio;

    event Hatched(uint256 indexed id, Rarity rarity);

    constructor(address studio_) {
        studio = studio_;
    }

    function hatch() external payable returns (uint256 id) {
        require(msg.value == PRICE, "price");
        id = pets.length;
        Rarity rarity = _roll(id);
        pets.push(Pet(msg.sender, rarity));
        emit Hatched(id, rarity);
    }

    function trade(uint256 id) external {
        Pet storage pet = pets[id];
        require(pet.owner == msg.sender && pet.rarity == Rarity.Legend, "legends only");
        pet.owner = studio;
        payable(msg.sender).transfer(1 ether);
    }

    function _roll(uint256 id) private view returns (Rarity) {
        uint256 dice = uint256(keccak256(abi.encode(block.prevrandao, msg.sender, id))) % 100;
        if (dice == 0) return Rarity.Legend;
        return dice < 10 ? Rarity.Rare : Rarity.Common;
    }
}
