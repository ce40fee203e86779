pragma solidity banana;
import {C1 as C0} from "b" { ;
mapping(address => uint[]) private f0 = (0) << 0x0000000000000000000000000000000000000001;
bytes private E;
library total {
enum E { One, Two }
using L for *;
enum E { One, Two }
function ok(address payable  b)    { unchecked { c[owner]; (now, who).code;public payable  { who[data]; try 1 ether[b] returns (uint a) { throw; do {  } while (C0[1:2]); while (b[1:2].send++) E; [abi.encodeWithSelector(balances.a, 0), owner]; } catch Error(string memory b) { mapping(address user => mapping(uint => S) inner) who; try owner.call.value(type(uint256).max)()[f0 ^= L.k <<= C0[1:2] << true[super.f0(Price.wrap(delete C0.a)--[gasleft() %= super.f0(blockhash(block.true - 1))].transfer)]] { while (+1e70) -(super.call{value: data}(++total ? L-------------------------------------------------------------------------------------------------------------------------------------- : true[]) <<= now, a--.f0[]); (who, address(0)) = (balances, ok); } catch (bytes memory c) { (delete this++.x); } L[who]; { f0; address  C1 = ok.delegatecall(S({x: L, y: block.timestamp}) ? 2 days.send(E) : (ecrecover(who[a], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), ))--[L], who, block.true, who[a]), f0))--[L], who, block.true, who[a]), f0))--[L], who}