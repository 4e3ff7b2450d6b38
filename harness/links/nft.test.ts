/** Text of the link table. */
import { expect, test } from "vitest";
import { setsText, steeringWanted, tableText } from "./nft.ts";

const peers = [
  { name: "m2", address: "10.180.0.12", index: 1 },
  { name: "m3", address: "10.180.0.13", index: 2 },
];

test("table: replaced as one transaction, never with a flush of everybody's rules", () => {
  const text = tableText(peers);
  expect(text.startsWith("table ip chaos\ndelete table ip chaos\ntable ip chaos {")).toBe(true);
  expect(text).not.toContain("flush ruleset");
});

test("table: the proxy's own dials are exempted before every peer's ports are steered, each with a counter", () => {
  const lines = tableText(peers)
    .split("\n")
    .map((line) => line.trim());
  const steered = lines.filter((line) => line.includes("dnat to"));
  expect(steered).toEqual([
    "ip daddr 10.180.0.12 tcp dport 2377 counter dnat to 127.0.0.1:21010",
    "ip daddr 10.180.0.12 tcp dport 7946 counter dnat to 127.0.0.1:21011",
    "ip daddr 10.180.0.12 tcp dport 7 counter dnat to 127.0.0.1:21012",
    "ip daddr 10.180.0.13 tcp dport 2377 counter dnat to 127.0.0.1:21020",
    "ip daddr 10.180.0.13 tcp dport 7946 counter dnat to 127.0.0.1:21021",
    "ip daddr 10.180.0.13 tcp dport 7 counter dnat to 127.0.0.1:21022",
  ]);
  expect(lines.indexOf("meta skuid 9999 return")).toBe(lines.indexOf(steered[0] ?? "") - 1);
  expect(steeringWanted(peers).get("10.180.0.13:7")).toBe("127.0.0.1:21022");
});

test("table: only TCP is dropped on its way out, and never a dial of the proxy", () => {
  const drops = tableText(peers)
    .split("\n")
    .filter((line) => line.includes("@cut_dial"));
  expect(drops).toHaveLength(2);
  for (const line of drops) expect(line).toMatch(/l4proto tcp .*(ct status dnat|skuid != 9999) counter drop/u);
});

test("sets: emptied and filled as one transaction", () => {
  expect(setsText({ cutDial: [], deafUdp: [] })).toBe("flush set ip chaos cut_dial\nflush set ip chaos deaf_udp\n");
  expect(setsText({ cutDial: ["10.180.0.12"], deafUdp: ["10.180.0.13"] })).toBe(
    "flush set ip chaos cut_dial\nflush set ip chaos deaf_udp\n" +
      "add element ip chaos cut_dial { 10.180.0.12 }\n" +
      "add element ip chaos deaf_udp { 10.180.0.13 . 7946, 10.180.0.13 . 4789, 10.180.0.13 . 7 }\n",
  );
});
