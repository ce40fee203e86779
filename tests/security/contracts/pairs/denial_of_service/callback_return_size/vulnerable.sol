// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract ReminderService {
    struct Reminder {
        address callee;
        uint64 dueBlock;
        uint32 gasLimit;
        bool done;
    }

    Reminder[] public reminders;
    uint256 public constant TIP = 0.001 ether;

    event Reminded(uint256 indexed id, bool ok);

    error NotDue();
    error TooLittleGas();

    function schedule(address callee, uint64 dueBlock, uint32 gasLimit) external payable returns (uint256 id) {
        require(msg.value == TIP, "tip");
        id = reminders.length;
        reminders.push(Reminder(callee, dueBlock, gasLimit, false));
    }

    function remind(uint256 id) external {
        Reminder storage r = reminders[id];
        if (r.done || block.number < r.dueBlock) revert NotDue();
        if (gasleft() * 63 / 64 < uint256(r.gasLimit) + 50_000) revert TooLittleGas();
        r.done = true;
        bool ok = _notify(r.callee, r.gasLimit, abi.encodeWithSignature("onReminder(uint256)", id));
        emit Reminded(id, ok);
        payable(msg.sender).transfer(TIP);
    }

    function _notify(address callee, uint256 gasLimit, bytes memory input) private returns (bool ok) {
        bytes memory answer;
        (ok, answer) = callee.call{gas: gasLimit}(input);
        if (answer.length >= 32) {
            ok = ok && abi.decode(answer, (bool));
        }
    }
}
