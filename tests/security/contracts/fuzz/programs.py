"""Random programs in the scanner's language: nearly valid, of every form, old and new, and deeper than people write."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

NAMES = ("a", "b", "c", "owner", "balances", "total", "who", "data", "ok", "C0", "C1", "S", "E", "L", "f0", "f1", "m0")
TYPES = (
    "uint",
    "uint8",
    "int256",
    "address",
    "address payable",
    "bool",
    "bytes",
    "bytes32",
    "string",
    "uint[]",
    "uint[3]",
    "S",
    "S[]",
    "E",
    "C0",
    "C1",
    "L.T",
    "Price",
    "mapping(address => uint)",
    "mapping(address user => mapping(uint => S) inner)",
    "mapping(address => uint[])",
    "function(uint) external returns (bool)",
)
VERSIONS = ("^0.4.0", "^0.4.19", "^0.5.0", ">=0.4.22 <0.9.0", "^0.6.12", "^0.7.6", "^0.8.24", "0.8", "*", "banana", "")
VALUES = (
    "0",
    "1",
    "1 ether",
    "2 days",
    "0xff",
    "1e70",
    "0.5",
    "1e999999",
    "true",
    '"text"',
    'hex"00ff"',
    'unicode"é"',
    "0x0000000000000000000000000000000000000001",
    "msg.sender",
    "msg.value",
    "tx.origin",
    "block.timestamp",
    "now",
    "block.number",
    "blockhash(block.number - 1)",
    "this",
    "address(this).balance",
    "address(0)",
    "type(uint256).max",
    "gasleft()",
    "msg.data",
    "super",
    "C0.a",
    "L.k",
    "E.One",
)
BINARY = ("+", "-", "*", "/", "%", "**", "<<", ">>", ">>>", "&", "|", "^", "&&", "||", "==", "!=", "<", "<=", ">", ">=")
ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>=")
UNARY = ("!", "-", "~", "++", "--", "delete ", "+")
MEMBERS = ("length", "balance", "x", "call", "send", "transfer", "push", "pop", "selector", "code", "k", "f0", "value")
CALLS = (
    "{0}.call{{value: {1}}}({2})",
    "{0}.call.value({1})()",
    "{0}.call.value({1}).gas({2})({1})",
    "{0}.call({1})",
    "{0}.delegatecall({1})",
    "{0}.staticcall({1})",
    "{0}.send({1})",
    "{0}.transfer({1})",
    "{0}.transfer({1}, {2})",
    "{0}.transferFrom({1}, {2}, {0})",
    "{0}.f0({1})",
    "{0}.push({1})",
    "{0}.pop()",
    "f0({1})",
    "f1({{a: {1}, b: {2}}})",
    "super.f0({1})",
    "L.f0({0}, {1})",
    "C1({0}).f1({1}, {2})",
    "S({0}, {1})",
    "S({{x: {0}, y: {1}}})",
    "new C1({0})",
    "new C1{{salt: {1}, value: {0}}}()",
    "new uint[]({0})",
    "new bytes({0})",
    "keccak256(abi.encodePacked({0}, {1}))",
    "sha3({0}, {1})",
    "abi.decode({0}, (uint, address))",
    "abi.encodeWithSelector({0}.selector, {1})",
    "abi.encodeCall({0}.f0, ({1}))",
    "ecrecover({0}, {1}, {2}, {0})",
    "address(uint160({0}))",
    "payable({0})",
    "uint8({0})",
    "addmod({0}, {1}, {2})",
    "require({0}, {1})",
    "assert({0})",
    "selfdestruct({0})",
    "suicide({0})",
    "revert({0})",
    "Price.wrap({0})",
    "type(C1).creationCode",
)
YUL_CALLS = (
    "add",
    "mul",
    "sload",
    "mload",
    "call",
    "delegatecall",
    "create2",
    "keccak256",
    "callvalue",
    "caller",
    "y0",
)


@dataclass(slots=True)
class Writer:
    """Writes random code; `size` is what is left to be written, so that every program ends."""

    random: Random
    size: int

    def program(self) -> str:
        """A file: pragma, imports, free declarations, contracts."""
        parts = [f"pragma solidity {self.pick(VERSIONS)};"]
        parts += [self.pick(('import "./a.sol";', 'import {C1 as C0} from "b";', 'import * as L from "c";', ""))]
        parts += [self.declaration() for _ in range(self.random.randrange(3))]
        parts += [self.contract() for _ in range(self.random.randrange(1, 4))]
        return "\n".join(parts)

    def pick(self, options: tuple[str, ...]) -> str:
        """One of the options."""
        return self.random.choice(options)

    def chance(self, part: float) -> bool:
        """True in that part of the cases; never once there is nothing left to write."""
        self.size -= 1
        return self.size > 0 and self.random.random() < part

    def contract(self) -> str:
        """A contract, interface or library, perhaps a base of itself."""
        kind = self.pick(("contract", "contract", "contract", "abstract contract", "library", "interface"))
        bases = [self.pick(NAMES) + ("(1)" if self.chance(0.2) else "") for _ in range(self.random.randrange(3))]
        inherits = f" is {', '.join(bases)}" if bases and self.chance(0.4) else ""
        members = [self.member() for _ in range(self.random.randrange(8))]
        return f"{kind} {self.pick(NAMES)}{inherits} {{\n" + "\n".join(members) + "\n}"

    def member(self) -> str:
        """What stands in a contract."""
        if self.chance(0.55):
            return self.function()
        return self.declaration()

    def declaration(self) -> str:
        """What may stand in a contract, some of it in a file too."""
        form = self.random.randrange(9)
        name, kind = self.pick(NAMES), self.pick(TYPES)
        if form <= 3:
            mark = self.pick(("public", "private", "constant", "immutable", "internal", "transient", ""))
            value = f" = {self.expression()}" if self.chance(0.4) else ""
            return f"{kind} {mark} {name}{value};"
        if form == 4:
            return f"struct S {{ {kind} x; {self.pick(TYPES)} y; }}"
        if form == 5:
            return "enum E { One, Two }"
        if form == 6:
            return self.pick(("using L for uint;", "using {f0, L.f1 as +} for Price global;", "using L for *;"))
        if form == 7:
            return self.pick(
                ("type Price is uint128;", "error Bad(address who);", "function f0(uint a) returns (uint) {}")
            )
        return f"event {name}({kind} indexed who, uint) anonymous;"

    def function(self) -> str:
        """A function, constructor, fallback or modifier."""
        form = self.random.randrange(10)
        if form == 0:
            body = self.block()
            place = body.rfind("}")
            return f"modifier m0({self.parameters()}) {{ _; {body[1:place]} _; }}"
        heads = {1: "constructor", 2: "receive", 3: "fallback", 4: "function"}
        head = heads.get(form, f"function {self.pick(NAMES)}")
        marks = [self.pick(("public", "external", "internal", "private", ""))]
        marks += [
            self.pick(("payable", "view", "pure", "constant", "")),
            self.pick(("m0", "m0(a)", "virtual", "override", "")),
        ]
        returned = f" returns ({self.parameters()})" if self.chance(0.4) else ""
        body = ";" if self.chance(0.08) else self.block()
        return f"{head}({self.parameters()}) {' '.join(marks)}{returned} {body}"

    def parameters(self) -> str:
        """Zero to three parameters."""
        places = ("", "memory", "calldata", "storage")
        return ", ".join(
            f"{self.pick(TYPES)} {self.pick(places)} {self.pick(NAMES)}" for _ in range(self.random.randrange(4))
        )

    def block(self) -> str:
        """Statements in braces."""
        return "{ " + " ".join(self.statement() for _ in range(self.random.randrange(6))) + " }"

    def statement(self) -> str:
        """Any statement."""
        if not self.chance(0.5):
            return f"{self.expression()};"
        value = self.expression
        forms = (
            lambda: f"{self.pick(TYPES)} {self.pick(('', 'memory', 'storage'))} {self.pick(NAMES)} = {value()};",
            lambda: f"{self.pick(TYPES)} {self.pick(NAMES)};",
            lambda: f"var ({self.pick(NAMES)}, ) = {value()};",
            lambda: f"(bool ok, bytes memory data) = {value()};",
            lambda: f"({self.pick(NAMES)}, {value()}) = ({value()}, {value()});",
            lambda: f"if ({value()}) {self.statement()}",
            lambda: f"if ({value()}) {self.block()} else {self.statement()}",
            lambda: f"for ({self.pick(('uint a = 0', 'a = 1', ''))}; {value()}; {value()}) {self.statement()}",
            lambda: "for (;;) " + self.block(),
            lambda: f"while ({value()}) {self.statement()}",
            lambda: f"do {self.block()} while ({value()});",
            lambda: self.pick(("break;", "continue;", "throw;", "_;", "return;", ";")),
            lambda: f"return {value()};",
            lambda: f"return ({value()}, {value()});",
            lambda: f"emit {self.pick(NAMES)}({value()});",
            lambda: f"revert Bad({value()});",
            lambda: "unchecked " + self.block(),
            self.block,
            lambda: (
                f"try {value()} returns (uint a) {self.block()} catch Error(string memory b) {self.block()} catch {self.block()}"
            ),
            lambda: f"try {value()} {self.block()} catch (bytes memory c) {self.block()}",
            lambda: f"assembly {self.pick(('', '(' + chr(34) + 'memory-safe' + chr(34) + ')'))} {self.yul_block()}",
        )
        return self.random.choice(forms)()

    def expression(self) -> str:
        """Any expression."""
        if not self.chance(0.6):
            return self.pick(NAMES) if self.random.random() < 0.6 else self.pick(VALUES)
        value = self.expression
        forms = (
            lambda: f"{value()} {self.pick(BINARY)} {value()}",
            lambda: f"({value()})",
            lambda: f"{self.pick(UNARY)}{value()}",
            lambda: f"{value()}{self.pick(('++', '--'))}",
            lambda: f"{value()}.{self.pick(MEMBERS)}",
            lambda: f"{value()}[{value()}]",
            lambda: f"{self.pick(NAMES)}[{self.pick(NAMES)}]",
            lambda: f"{value()}[{self.pick(('1:', ':2', '1:2', ':', ''))}]",
            lambda: f"{value()} ? {value()} : {value()}",
            lambda: f"{value()} {self.pick(ASSIGNMENTS)} {value()}",
            lambda: f"[{value()}, {value()}]",
            lambda: f"({value()}, {value()})",
            lambda: self.pick(CALLS).format(value(), value(), value()),
            lambda: self.pick(CALLS).format(self.pick(NAMES), self.pick(VALUES), value()),
        )
        return self.random.choice(forms)()

    def yul_block(self) -> str:
        """Yul statements in braces."""
        return "{ " + " ".join(self.yul_statement() for _ in range(self.random.randrange(5))) + " }"

    def yul_statement(self) -> str:
        """Any Yul statement, and some of its first form."""
        value = self.yul
        if not self.chance(0.7):
            return f"sstore({value()}, {value()})"
        forms = (
            lambda: f"let {self.pick(NAMES)} := {value()}",
            lambda: f"let a, b := {value()}",
            lambda: f"{self.pick(NAMES)} := {value()}",
            lambda: f"if {value()} {self.yul_block()}",
            lambda: f"switch {value()} case 0 {self.yul_block()} default {self.yul_block()}",
            lambda: f"for {{ let i := 0 }} {value()} {{ i := add(i, 1) }} {self.yul_block()}",
            lambda: f"function y0(a, b) -> c {self.yul_block()}",
            lambda: self.pick(("leave", "break", "continue", "revert(0, 0)", "return(0, 32)", "stop()", "pop(1)")),
            lambda: f"{self.pick(NAMES)}.slot := {value()}",
            lambda: f"mstore({value()}, {self.pick(NAMES)}.offset)",
            lambda: f"{value()} =: a",
        )
        return self.random.choice(forms)()

    def yul(self) -> str:
        """A Yul expression."""
        if not self.chance(0.5):
            return self.pick(("0", "0xff", '"text"', "a", "b", "owner.slot", "a_slot", "calldatasize()"))
        return f"{self.pick(YUL_CALLS)}({', '.join(self.yul() for _ in range(self.random.randrange(4)))})"


def random_program(random: Random) -> str:
    """One program, mostly short."""
    return Writer(random, random.choice((40, 150, 600))).program()
