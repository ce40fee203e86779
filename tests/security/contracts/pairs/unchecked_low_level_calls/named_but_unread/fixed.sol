// SPDX-License-Identifier: MIT
pragma solidity ^0.8.19;

contract RentEscrow {
    struct Lease {
        address payable landlord;
        address payable tenant;
        uint128 deposit;
        bool returned;
    }

    mapping(uint256 => Lease) public leases;
    uint256 public leaseCount;

    event DepositReturned(uint256 indexed id, uint256 toTenant, uint256 toLandlord);

    error NotLandlord();
    error Finished();
    error SendFailed(address to);

    function sign(address payable landlord) external payable returns (uint256 id) {
        require(msg.value <= type(uint128).max, "size");
        id = ++leaseCount;
        leases[id] = Lease(landlord, payable(msg.sender), uint128(msg.value), false);
    }

    function giveBack(uint256 id, uint128 damages) external {
        Lease storage lease = leases[id];
        if (msg.sender != lease.landlord) revert NotLandlord();
        if (lease.returned) revert Finished();
        lease.returned = true;
        uint256 rest = lease.deposit - damages;
        emit DepositReturned(id, rest, damages);
        _send(lease.tenant, rest);
        _send(lease.landlord, damages);
    }

    function _send(address payable to, uint256 amount) internal {
        if (amount == 0) return;
        (bool success, ) = to.call{value: amount}("");
        if (!success) revert SendFailed(to);
    }
}
