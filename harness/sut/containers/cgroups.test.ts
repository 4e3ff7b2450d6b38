/** Leftover control groups: only those of the container that is named, and never one with a process in it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cgroupsOf, removeCgroups } from "./cgroups.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "swarmproof-cgroup-"));
  for (const path of ["freezer/docker/aa/swarm/t1", "memory/docker/aa/swarm", "memory/docker/bb/swarm"])
    mkdirSync(join(root, path), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

describe("control groups of a container", () => {
  it("are found in every hierarchy and removed with all below, others stay", async () => {
    expect((await cgroupsOf("aa", root)).toSorted()).toEqual([join(root, "freezer/docker/aa"), join(root, "memory/docker/aa")]);
    expect((await removeCgroups("aa", root)).length).toBe(2);
    expect(await cgroupsOf("aa", root)).toEqual([]);
    expect(readdirSync(join(root, "memory/docker"))).toEqual(["bb"]);
  });

  it("with a process in them are left", async () => {
    writeFileSync(join(root, "memory/docker/bb/swarm/cgroup.procs"), "17\n");
    expect(await removeCgroups("bb", root)).toEqual([]);
    expect(await cgroupsOf("bb", root)).toEqual([join(root, "memory/docker/bb")]);
  });

  it("are none where the tree cannot be read", async () => {
    expect(await cgroupsOf("aa", join(root, "nowhere"))).toEqual([]);
  });
});
