pragma solidity ^0.4.13;

contract RouteLog {
    uint256 private stopCount;
    mapping(uint256 => uint256[]) private routes;
    uint256 private routeCount;

    event RouteAdded(uint256 id, uint256 stops);

    function addRoute(uint256 first, uint256 last) public {
        require(first < last && last - first < 50);
        uint256[] storage stops;
        for (uint256 i = first; i <= last; i++) {
            stops.push(i);
        }
        routes[routeCount] = stops;
        stopCount += last - first + 1;
        RouteAdded(routeCount, last - first + 1);
        routeCount += 1;
    }

    function stopsOf(uint256 id) public constant returns (uint256) {
        return routes[id].length;
    }

    function total() public constant returns (uint256) {
        return stopCount;
    }
}
