contract C { address c; function f() public { if (c.send(1)) { for (;;) { } } } }
