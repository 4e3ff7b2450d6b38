/** The gateway lies on request about the engine behind it, and only where it was started for that. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { request } from "undici";
import { liarOf } from "../liar.ts";
import { startEchoLab } from "./echo-lab.ts";
import type { EchoLab } from "./echo-lab.ts";

let lab: EchoLab;
beforeAll(async () => {
  lab = await startEchoLab({ names: ["m1"], apps: false, liarAllowed: true, fakeEngine: true });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

async function ask(method: "GET" | "POST", path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
  const url = `http://${lab.pod("m1").address}:2375${path}`;
  const response = await request(url, {
    method,
    dispatcher: lab.network.dispatcher,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.statusCode, body: await response.body.json() };
}

test("told nothing it changes nothing", async () => {
  expect(await ask("POST", "/v1.41/services/create", { Name: "a" })).toEqual({ status: 201, body: { ID: "real1" } });
  expect(await ask("GET", "/v1.41/services/s1")).toEqual({ status: 200, body: { ID: "s1", Version: { Index: 30 } } });
});

test("swallows as many creates as it was told, with an ID that looks real", async () => {
  const liar = liarOf(lab.network.gatewayUrl);
  await liar.tell({ swallowCreates: 1 });
  const created = await ask("POST", "/v1.41/services/create", { Name: "lost" });
  expect(created).toMatchObject({ status: 201, body: { ID: expect.stringMatching(/^[0-9a-z]{25}$/u) } });
  expect(await ask("GET", "/created")).toMatchObject({ body: { created: 1 } });
  expect(await ask("POST", "/v1.41/services/create", { Name: "kept" })).toMatchObject({ body: { ID: "real2" } });
  expect((await liar.told()).swallowed).toMatchObject([{ name: "lost" }]);
  await liar.tell({});
});

test("lowers the version of services after as many reads as it was told", async () => {
  const liar = liarOf(lab.network.gatewayUrl);
  await liar.tell({ lowerVersionAfterReads: 1 });
  expect(await ask("GET", "/v1.41/services")).toMatchObject({ body: [{ Version: { Index: 30 } }] });
  expect(await ask("GET", "/v1.41/services/s1")).toMatchObject({ body: { Version: { Index: 29 } } });
  expect((await liar.told()).lowered).toBe(1);
  await liar.tell({});
});

test("repeats the first state it saw a task in", async () => {
  const liar = liarOf(lab.network.gatewayUrl);
  await liar.tell({ repeatTaskStateAfterReads: 2 });
  const states: unknown[] = [];
  for (let read = 0; read < 3; read += 1) states.push((await ask("GET", "/v1.41/tasks")).body);
  expect(states).toMatchObject([
    [{ Status: { State: "starting" } }],
    [{ Status: { State: "running" } }],
    [{ Status: { State: "starting" } }],
  ]);
  await liar.tell({});
});

test("a gateway that was not started for lying refuses", async () => {
  await using honest = await startEchoLab({ names: ["m1"], apps: false, keep: true });
  await expect(liarOf(honest.network.gatewayUrl).tell({ swallowCreates: 1 })).rejects.toThrow(/not started for lying/u);
});

test("a port nobody listens on is refused by name, not hung on", async () => {
  const dialled = request(`http://${lab.pod("m1").address}:9`, { dispatcher: lab.network.dispatcher });
  await expect(dialled).rejects.toThrow(/502/u);
});
