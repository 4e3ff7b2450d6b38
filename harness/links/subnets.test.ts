/** Subnets of clusters. */
import { expect, test } from "vitest";
import { candidateSubnets, hostAddress } from "./subnets.ts";

test("subnets in use by the engine or this machine are left out", () => {
  expect(candidateSubnets([], []).slice(0, 2)).toEqual(["10.180.0.0/24", "10.180.1.0/24"]);
  expect(candidateSubnets(["10.180.0.0/24"], ["10.180.1.7"])[0]).toBe("10.180.2.0/24");
});

test("hosts 2 to 254 have an address, no other", () => {
  expect(hostAddress("10.180.4.0/24", 11)).toBe("10.180.4.11");
  expect(() => hostAddress("10.180.4.0/24", 1)).toThrow(RangeError);
  expect(() => hostAddress("10.180.4.0/24", 255)).toThrow(RangeError);
});
