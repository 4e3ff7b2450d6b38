/** The workload obeys its table of switches (`suites/workloads/README.md`), on the real engine. */
import Docker from "dockerode";
import { beforeAll, describe, expect, it } from "vitest";
import { IMAGE_NAMES, resolveAll } from "../images.ts";
import type { ImageName } from "../definition.ts";
import { Trial, until } from "./trial.ts";

const docker = new Docker();
const references = new Map<string, string>();

beforeAll(async () => {
  const only: readonly ImageName[] = IMAGE_NAMES.filter((name) => name.startsWith("workload:"));
  const { images } = await resolveAll({ docker, only });
  for (const image of Object.values(images)) references.set(image.name, image.ref);
});

function run(version: "1" | "2" | "broken", environment: readonly string[] = [], healthy = false): Promise<Trial> {
  const check = { Test: ["CMD", "/workload/healthy"], Interval: 200_000_000, Timeout: 1_000_000_000, Retries: 1 };
  return Trial.start(docker, {
    Image: references.get(`workload:${version}`) ?? "",
    Env: [...environment],
    ...(healthy ? { Healthcheck: check } : {}),
  });
}

const answer = (trial: Trial) => trial.exec("wget", "-q", "-O", "-", "http://127.0.0.1:8080/");

async function health(trial: Trial): Promise<string | undefined> {
  return (await trial.container.inspect()).State.Health?.Status;
}

describe("workload", () => {
  it.each(["1", "2"] as const)("version %s tells its version and the short id of its container", async (version) => {
    await using trial = await run(version);
    const said: unknown = JSON.parse(
      await until(
        () => answer(trial),
        (text) => text !== "",
      ),
    );
    expect(said).toEqual({ version, hostname: trial.container.id.slice(0, 12) });
  });

  it("version broken ends with 1 at once", async () => {
    await using trial = await run("broken");
    const ended = await trial.ended();
    expect(ended.status).toBe(1);
    expect(ended.ms).toBeLessThan(5000);
  });

  it("EXIT_AFTER and EXIT_CODE: ends by itself, then and with that", async () => {
    await using trial = await run("1", ["EXIT_AFTER=1", "EXIT_CODE=7"]);
    const ended = await trial.ended();
    expect(ended.status).toBe(7);
    expect(ended.ms).toBeGreaterThanOrEqual(1000);
  });

  it("START_DELAY: does not answer before", async () => {
    await using trial = await run("1", ["START_DELAY=1.5"]);
    await expect(answer(trial)).rejects.toThrow("refused");
    await until(
      () => answer(trial),
      (text) => text !== "",
    );
    const { State } = await trial.container.inspect();
    expect(Date.now() - Date.parse(State.StartedAt)).toBeGreaterThanOrEqual(1500);
  });

  it.each([
    [[], 0],
    [["STOP_CODE=143"], 143],
    [["START_DELAY=60"], 0],
  ] as const)("SIGTERM with %j ends it promptly with %i", async (environment, status) => {
    await using trial = await run("1", environment);
    await until(
      () => trial.container.logs({ stdout: true }),
      (log) => log.length > 0,
    );
    const from = performance.now();
    await trial.container.kill({ signal: "SIGTERM" });
    expect((await trial.ended()).status).toBe(status);
    expect(performance.now() - from).toBeLessThan(5000);
  });

  it("IGNORE_TERM: only SIGKILL ends it", async () => {
    await using trial = await run("1", ["IGNORE_TERM=1"]);
    await until(
      () => answer(trial),
      (text) => text !== "",
    );
    await trial.container.stop({ t: 1 });
    expect((await trial.ended()).status).toBe(137);
  });

  it("UNHEALTHY_AFTER: healthy before, unhealthy for good after; without it healthy", async () => {
    await using sick = await run("1", ["UNHEALTHY_AFTER=2"], true);
    await using well = await run("1", [], true);
    await until(
      () => health(sick),
      (status) => status === "healthy",
    );
    await until(
      () => health(sick),
      (status) => status === "unhealthy",
    );
    expect(await health(well)).toBe("healthy");
  });
});
