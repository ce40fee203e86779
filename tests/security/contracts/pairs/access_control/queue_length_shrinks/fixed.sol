pragma solidity ^0.4.25;

contract NoteBoard {
    address public editor;
    bytes32[] private notes;

    event NoteAdded(uint256 index, bytes32 note);
    event NoteChanged(uint256 index, bytes32 note);

    constructor() public {
        editor = msg.sender;
    }

    function add(bytes32 note) external {
        emit NoteAdded(notes.length, note);
        notes.push(note);
    }

    function pop() external {
        require(notes.length > 0);
        notes.length--;
    }

    function set(uint256 index, bytes32 note) external {
        require(index < notes.length);
        notes[index] = note;
        emit NoteChanged(index, note);
    }

    function size() external view returns (uint256) {
        return notes.length;
    }

    function shutDown() external {
        require(msg.sender == editor);
        selfdestruct(editor);
    }
}
