/** Whose an ending is: decided from its status alone, never from where it stood. */
import { expect, test } from "vitest";
import { whoseEnding } from "./casualties.ts";

const ending = (ExitCode: number, OOMKilled = false) => ({ ExitCode, OOMKilled });

test("a node's program that ended with a status of its own is the target's failure, status 0 too", () => {
  expect([0, 1, 2, 139].map((code) => whoseEnding(true, ending(code)))).toEqual(["target", "target", "target", "target"]);
});

test("killed, stopped, out of memory or removed says nothing of the target", () => {
  expect([ending(137), ending(143), ending(2, true), undefined].map((one) => whoseEnding(true, one))).toEqual(["lab", "lab", "lab", "lab"]);
});

test("pods and gateways are ours, however they end", () => {
  expect([0, 2].map((code) => whoseEnding(false, ending(code)))).toEqual(["lab", "lab"]);
});
