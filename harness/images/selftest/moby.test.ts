/** The contract of the moby image: the engine can be taken down alone, comes back, and its own death is no secret. */
import { createReadStream } from "node:fs";
import Docker from "dockerode";
import { beforeAll, describe, expect, it } from "vitest";
import { IN_SWARM_REPOSITORY, resolveAll } from "../images.ts";
import { MOBY_VOLUMES, tuneMobyHost } from "../moby/host-options.ts";
import { hostFacts } from "../../sut/containers/host-facts.ts";
import { Trial, until } from "./trial.ts";

const docker = new Docker();
const WORKLOAD = `${IN_SWARM_REPOSITORY}:1`;
let reference = "";
let archive = "";

beforeAll(async () => {
  const { images, workloadArchive } = await resolveAll({ docker, only: ["moby@20.10", "workload:1", "workload:2", "workload:broken"] });
  reference = images["moby@20.10"]?.ref ?? "";
  archive = workloadArchive ?? "";
});

async function startNode(): Promise<Trial> {
  const host = {};
  tuneMobyHost(host, await hostFacts(reference));
  const node = await Trial.start(docker, { Image: reference, Hostname: "trial", Volumes: { ...MOBY_VOLUMES }, HostConfig: host });
  await untilUp(node);
  return node;
}

const untilUp = (node: Trial) =>
  until(
    () => node.exec("docker", "version", "--format", "{{.Server.Version}}"),
    (said) => /^\d/.test(said),
  );

/** The archive goes in unpacked and is packed again inside, because the node shares no file with the host. */
async function loadWorkload(node: Trial): Promise<void> {
  await node.exec("mkdir", "/tmp/load");
  await node.container.putArchive(createReadStream(archive), { path: "/tmp/load" });
  await node.exec("sh", "-c", "tar -C /tmp/load -c . | docker load");
}

describe("moby image", () => {
  it("keeps tasks alive while the engine is killed, and starts it again", async () => {
    await using node = await startNode();
    await loadWorkload(node);
    await node.exec("docker", "run", "--detach", WORKLOAD);
    expect(await node.exec("engine", "status")).toMatch(/^up \d+\n$/);
    await node.exec("engine", "kill");
    expect(await node.exec("engine", "status")).toBe("down\n");
    const processes = await node.exec("ps", "-o", "args");
    expect(processes).toContain("httpd -f -p 8080");
    expect(processes).toContain("containerd-shim");
    expect(processes).not.toContain("dockerd -H");
    await node.exec("engine", "start");
    await untilUp(node);
    await node.exec("engine", "stop");
    expect(await node.exec("engine", "status")).toBe("down\n");
    expect(await node.running()).toBe(true);
  });

  it("is refused a pull of the workload's name by loopback, without asking a name server", async () => {
    await using node = await startNode();
    expect(await node.exec("sh", "-c", `docker pull ${WORKLOAD} 2>&1; true`)).toContain(
      "dial tcp 127.0.0.1:1: connect: connection refused",
    );
  });

  it("ends with the status of an engine that dies by itself", async () => {
    await using node = await startNode();
    await node.exec("sh", "-c", 'kill -9 "$(cat /run/swarmproof/engine.pid)"');
    expect((await node.ended()).status).toBe(137);
  });

  it("ends orderly on SIGTERM, engine first", async () => {
    await using node = await startNode();
    await node.container.stop({ t: 20 });
    expect((await node.ended()).status).toBe(0);
    const log = String(await node.container.logs({ stdout: true, stderr: true }));
    expect(log).toContain("Processing signal 'terminated'");
  });
});
