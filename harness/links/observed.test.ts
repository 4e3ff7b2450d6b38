/** Reading of what the tools in a pod print; texts as nftables 1.0.6, conntrack 1.4.7 and iproute2 6.1 print them. */
import { describe, expect, test } from "vitest";
import { bypassing, readConntrack, readSockets, readTable } from "./observed.ts";

const NFT = `{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}},
 {"table": {"family": "ip", "name": "chaos", "handle": 12}},
 {"set": {"family": "ip", "name": "cut_dial", "table": "chaos", "type": "ipv4_addr", "handle": 1, "elem": ["10.180.0.12"]}},
 {"set": {"family": "ip", "name": "deaf_udp", "table": "chaos", "type": ["ipv4_addr", "inet_service"], "handle": 2, "elem": [{"concat": ["10.180.0.12", 7]}, {"concat": ["10.180.0.12", 4789]}]}},
 {"chain": {"family": "ip", "table": "chaos", "name": "nat_out", "handle": 3, "type": "nat", "hook": "output", "prio": -110, "policy": "accept"}},
 {"rule": {"family": "ip", "table": "chaos", "chain": "nat_out", "handle": 6, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "skuid"}}, "right": 9999}}, {"return": null}]}},
 {"rule": {"family": "ip", "table": "chaos", "chain": "nat_out", "handle": 7, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "10.180.0.12"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 2377}}, {"counter": {"packets": 3, "bytes": 180}}, {"dnat": {"addr": "127.0.0.1", "port": 21010}}]}}]}`;

const CONNTRACK = `tcp      6 431999 ESTABLISHED src=10.180.0.11 dst=10.180.0.12 sport=40001 dport=2377 src=127.0.0.1 dst=10.180.0.11 sport=21010 dport=40001 [ASSURED] mark=0 use=1
tcp      6 431999 ESTABLISHED src=10.180.0.11 dst=10.180.0.12 sport=40002 dport=2377 src=10.180.0.12 dst=10.180.0.11 sport=2377 dport=40002 [ASSURED] mark=0 use=1
tcp      6 118 SYN_SENT src=10.180.0.11 dst=10.180.0.13 sport=40003 dport=2377 [UNREPLIED] src=10.180.0.13 dst=10.180.0.11 sport=2377 dport=40003 mark=0 use=1
`;

const PEERS = { addresses: ["10.180.0.12", "10.180.0.13"], ports: [2377, 7946] };

function socket(state: string, localPort: number, peer: string, extra = ""): string {
  return `${state} 0      0      10.180.0.11:${localPort} ${peer} ${extra}ino:4711 sk:1001 cgroup:/ <->\n`;
}

describe("table", () => {
  test("rules, counters and sets are read", () => {
    const table = readTable(NFT);
    expect([...table.steering]).toEqual([["10.180.0.12:2377", { to: "127.0.0.1:21010", packets: 3 }]]);
    expect(table.exempt).toBe(true);
    expect(table.cutDial).toEqual(["10.180.0.12"]);
    expect(table.deafUdp).toEqual(["10.180.0.12:4789", "10.180.0.12:7"]);
  });

  test.each(["", "not json", "{}"])("nothing readable (%j) is an empty table that exempts nobody", (text) => {
    expect(readTable(text)).toEqual({ steering: new Map(), exempt: false, cutDial: [], deafUdp: [] });
  });
});

describe("connections", () => {
  test("conntrack: who answers is the first address of the reply", () => {
    expect(readConntrack(CONNTRACK).map((each) => `${each.state} ${each.sourcePort} ${each.answeredBy}`)).toEqual([
      "ESTABLISHED 40001 127.0.0.1",
      "ESTABLISHED 40002 10.180.0.12",
      "SYN_SENT 40003 10.180.0.13",
    ]);
  });

  test("sockets: IPv4 in IPv6 notation is the same peer, root prints no uid", () => {
    const [plain, mapped] = readSockets(
      socket("ESTAB", 1, "10.180.0.12:2377", "uid:9999 ") + socket("ESTAB", 2, "[::ffff:10.180.0.12]:2377"),
    );
    expect(plain).toMatchObject({ uid: 9999, peer: "10.180.0.12", peerPort: "2377" });
    expect(mapped).toMatchObject({ uid: 0, peer: "10.180.0.12" });
  });

  test("a proxied connection does not bypass, one answered by the peer itself does", () => {
    const sockets = socket("ESTAB", 40_001, "10.180.0.12:2377") + socket("ESTAB", 40_002, "10.180.0.12:2377");
    expect(bypassing({ conntrack: CONNTRACK, sockets }, PEERS)).toEqual(["40002>10.180.0.12:2377 ESTAB answered by 10.180.0.12"]);
  });

  test("the proxy's own dial, another port and a connection from a peer do not bypass", () => {
    const sockets =
      socket("ESTAB", 40_002, "10.180.0.12:2377", "uid:9999 ") +
      socket("ESTAB", 40_004, "10.180.0.12:8480") +
      socket("ESTAB", 2377, "10.180.0.12:51000");
    expect(bypassing({ conntrack: CONNTRACK, sockets }, PEERS)).toEqual([]);
  });

  test("an established connection nobody tracks is older than the tracking", () => {
    expect(bypassing({ conntrack: "", sockets: socket("ESTAB", 40_001, "10.180.0.12:7946") }, PEERS)).toHaveLength(1);
  });

  test("a hidden dial is not tracked and bypasses nothing; a tracked one past the proxy does", () => {
    expect(bypassing({ conntrack: "", sockets: socket("SYN-SENT", 40_009, "10.180.0.12:2377") }, PEERS)).toEqual([]);
    expect(bypassing({ conntrack: CONNTRACK, sockets: socket("SYN-SENT", 40_003, "10.180.0.13:2377") }, PEERS)).toHaveLength(1);
  });

  test("a closing socket has no owner to tell by and is left out", () => {
    expect(bypassing({ conntrack: CONNTRACK, sockets: socket("FIN-WAIT-2", 40_002, "10.180.0.12:2377") }, PEERS)).toEqual([]);
  });
});
