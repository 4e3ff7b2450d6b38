/** The spike in virtual time against the toy peer: it completes, and a seed gives one history, in any process. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { simulateScript, simulateSpikeCampaign } from "./chains.ts";

test("the script completes in virtual time; a second run gives the same hash chain", async () => {
  const [first, second] = [await simulateScript(), await simulateScript()];
  expect(first.end).toEqual({ script: "completed" });
  expect(second.digest).toBe(first.digest);
  expect(second.events).toEqual(first.events);
});

test("the campaign completes in virtual time; a second run gives the same hash chain", () => {
  const [first, second] = [simulateSpikeCampaign(), simulateSpikeCampaign()];
  expect(first.end).toEqual({ script: "completed" });
  expect(second.digest).toBe(first.digest);
});

test("another process gives the same hash chains", async () => {
  const program = fileURLToPath(new URL("chains.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout.trim().split("\n")).toEqual([(await simulateScript()).digest, simulateSpikeCampaign().digest]);
});
