/** Which processes of a node are tasks, and which of them a fault took along. */
import { describe, expect, it } from "vitest";
import { survivors, tasksAmong } from "./processes.ts";
import type { NodeProcess } from "./processes.ts";

function process(pid: number, parent: number, command: string, ageS = 10, stat = "S"): NodeProcess {
  return { pid, parent, stat, ageS, cpuS: 0, command };
}

const node = [
  process(1, 0, "/sbin/docker-init -- /sbin/engine-supervisor"),
  process(2, 1, "dockerd -H unix:///var/run/docker.sock"),
  process(3, 2, "containerd --config x"),
  process(4, 1, "/usr/bin/containerd-shim-runc-v2 -namespace moby"),
  process(5, 4, "/bin/sh /workload/run"),
  process(6, 5, "httpd -f"),
  process(7, 2, "runc --root /var/run/docker create"),
];

describe("tasks", () => {
  it("are what a shim holds, at any depth, and not the shim itself", () => {
    expect(tasksAmong(node).map(({ pid }) => pid)).toEqual([5, 6]);
  });

  it("that are gone after a fault are lost, unless they were young or dead already", () => {
    const before = [process(5, 4, "a"), process(6, 5, "b"), process(8, 5, "health check", 0), process(9, 5, "c", 10, "Z")];
    expect(survivors(before, [process(5, 4, "a")]).lost.map(({ pid }) => pid)).toEqual([6]);
  });
});
