contract C { mapping(address => int) m; int n; function f(int a) public payable { m[msg.sender] = -a; n = -n; if (-a > n) { m[msg.sender] = -(-a); } } }
