contract C { uint a; uint[] b; function f() public { b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[b[a]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++]++; } }
