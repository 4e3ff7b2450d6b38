/** The workload images obey the table of switches, and their names are the same for those who build and those who use them. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { IN_SWARM_REPOSITORY } from "../images.ts";

const workloads = new URL("../../../suites/workloads/", import.meta.url);
const read = (name: string) => readFile(new URL(name, workloads), "utf8");

describe("workload", () => {
  it("has the name in the archive that targets use", async () => {
    expect(await read("../../harness/sut/targets/moby-20.10.yaml")).toContain(`v1: ${IN_SWARM_REPOSITORY}:1\n`);
    expect(await read("README.md")).toContain(`\`${IN_SWARM_REPOSITORY}:broken\``);
  });

  it("obeys the very switches that the table and the typed switches list", async () => {
    const listed = namesIn(await read("README.md"), /^\| `([A-Z_]+)` \|/gm);
    expect(namesIn(await read("switches.ts"), /^\s+([A-Z_]+): /gm)).toEqual(listed);
    expect(namesIn(await read("files/run.sh"), /\$\{([A-Z_]+):-/g)).toEqual(listed);
    expect(listed).toHaveLength(6);
  });
});

function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""))].toSorted();
}
