/** Owners: a process is told from a later one with its number, and nothing is dead that cannot be known to be. */
import { once } from "node:events";
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { CLUSTER_LABEL, OWNER_LABEL, OWNER_SPACE_LABEL, ownerLabels, ownerLives, ownerOf } from "./owner.ts";

describe("an owner", () => {
  it("lives while its process runs and is dead once it was killed", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(child, "spawn");
    const labels = { ...ownerLabels("c1"), [OWNER_LABEL]: ownerOf(child.pid ?? 0) };
    expect(ownerLives(labels)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(ownerLives(labels)).toBe(false);
  });

  it("is dead when another process has its number", () => {
    const labels = ownerLabels("c1");
    expect(labels[CLUSTER_LABEL]).toBe("c1");
    expect(ownerLives(labels)).toBe(true);
    expect(ownerLives({ ...labels, [OWNER_LABEL]: `${process.pid}:1` })).toBe(false);
  });

  it("counts as living when it cannot be known: no label, an odd one, another pid namespace", () => {
    const dead = { ...ownerLabels("c1"), [OWNER_LABEL]: `${process.pid}:1` };
    expect(ownerLives({})).toBe(true);
    expect(ownerLives({ [OWNER_LABEL]: "someone" })).toBe(true);
    expect(ownerLives({ ...dead, [OWNER_SPACE_LABEL]: "pid:[1]" })).toBe(true);
  });
});
