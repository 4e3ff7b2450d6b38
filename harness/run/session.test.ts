import { expect, test, vi } from "vitest";
import { HarnessError, Missed } from "../world/world.ts";
import type { World } from "../world/world.ts";
import { runAttempt, runAttempts, throwUnlessPassed } from "../world/scenario.ts";
import type { AttemptResult, Scenario } from "../world/scenario.ts";
import { judgeAttempt } from "./judging.ts";
import { failing, fakeGate, fakeRule, passing } from "./testing/fake-gate.ts";
import type { FakeGate } from "./testing/fake-gate.ts";
import { fakeExchange } from "./testing/fake-provider.ts";

const shape = { managers: 3, workers: 2 };
const read = (world: World) => world.call("m1", { method: "GET", path: "/nodes" });
const declared = (script: Scenario["script"], more: Partial<Scenario> = {}): Scenario => ({
  name: "quorum-lost",
  rules: ["RAFT-05"],
  shape,
  limitMs: 5000,
  script,
  ...more,
});

async function attempt(gate: FakeGate, scenario: Scenario, number = 1): Promise<AttemptResult> {
  await using client = await gate.connect();
  return await runAttempt({ client, plan: gate.plan, declared: scenario, number, exchangeFor: () => fakeExchange });
}
const settled = (gate: FakeGate, deed: string) => vi.waitFor(() => expect(gate.provider.deeds).toContain(deed));
/** What was done to clusters, evidence left out. */
const deeds = (gate: FakeGate) => gate.provider.deeds.filter((deed) => !deed.startsWith("evidence"));
const outcomes = (result: AttemptResult) => result.judgements.map((judgement) => judgement.outcome);

test("attempt: what was recorded is judged, in one order, and passes", async () => {
  await using gate = await fakeGate();
  const result = await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  expect(outcomes(result)).toEqual(["pass"]);
  const kinds = gate
    .events()
    .filter((event) => event.attempt === "quorum-lost#1")
    .map((event) => event.kind);
  expect(kinds).toEqual(["attempt-start", "invoke", "ok", "attempt-end", "stall", "stall", "judgement"]);
});

test("attempt: evidence is taken of every attempt before its cluster is given back", async () => {
  await using gate = await fakeGate();
  await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  expect(gate.provider.deeds).toEqual(["start c1", "evidence c1 with 0 faults"]);
});

test("attempt: the stored history gets the same judgement again", async () => {
  await using gate = await fakeGate({ checker: failing });
  const result = await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  const again = judgeAttempt({ rules: [fakeRule], checkers: new Map([["RAFT-05", failing]]) }, result.attempt, ["RAFT-05"], gate.events());
  expect(again).toEqual(result.judgements);
});

test("lease: a clean cluster is used again, a fresh one is not, one of another shape makes room", async () => {
  await using gate = await fakeGate();
  const script = async (world: World) => void (await read(world));
  await attempt(gate, declared(script), 1);
  await attempt(gate, declared(script), 2);
  expect(deeds(gate)).toEqual(["start c1"]);
  await attempt(gate, declared(script, { fresh: true }), 3);
  expect(deeds(gate)).toEqual(["start c1", "destroy c1", "start c2"]);
  await attempt(gate, declared(script, { shape: { managers: 1, workers: 0 } }), 4);
  expect(deeds(gate)).toEqual(["start c1", "destroy c1", "start c2", "destroy c2", "start c3"]);
});

test("lease: a wrecked or unclean cluster is destroyed, faults left over are healed first", async () => {
  await using gate = await fakeGate();
  const cut = async (world: World) => {
    await world.fault({ kind: "partition", from: [{ node: "m1" }], to: ["everyone-else"], direction: "both" });
    await read(world);
  };
  await attempt(
    gate,
    declared(async (world) => void (await read(world)), { wrecks: true }),
    1,
  );
  await settled(gate, "destroy c1");
  gate.provider.behaviour.clean = { clean: false, why: "service web is still there" };
  await attempt(gate, declared(cut), 2);
  await settled(gate, "destroy c2");
  expect(deeds(gate).slice(3)).toEqual(["install c2 f1 partition", "remove c2 f1", "destroy c2"]);
  const why = gate.events().flatMap((event) => (event.kind === "cluster" && event.what === "destroyed" ? [event.data] : []));
  expect(why).toContainEqual({ cluster: "c2", why: "not clean: service web is still there" });
});

test("lease: a cluster whose fault was not proved gone is destroyed", async () => {
  await using gate = await fakeGate();
  gate.provider.behaviour.removes = { state: "indeterminate", why: "canary lost" };
  await attempt(
    gate,
    declared(async (world) => void (await world.fault({ kind: "pause", on: [{ node: "w1" }] }))),
  );
  await settled(gate, "destroy c1");
});

test("lease: no more clusters than jobs are up at once", async () => {
  await using gate = await fakeGate({ jobs: 1 });
  await using one = await gate.connect();
  await using two = await gate.connect();
  const first = await one.ask({ ask: "lease", scenario: "a", shape, fresh: false });
  let given = false;
  const second = two.ask({ ask: "lease", scenario: "b", shape, fresh: false }).then((lease) => {
    given = true;
    return lease;
  });
  await two.ask({ ask: "plan" });
  expect(given).toBe(false);
  await one.ask({ ask: "release", lease: first.lease, wrecked: false });
  expect((await second).lease).toBe("lease-2");
  expect(gate.provider.deeds).toEqual(["start c1"]);
});

test("attempt: a gateway that does not tell its stalls stalled for as long as it was waited for", async () => {
  await using gate = await fakeGate({ lookMsMax: 40 });
  gate.provider.behaviour.stallsHang = true;
  await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  const inside = gate.events().flatMap((event) => (event.kind === "stall" && event.who === "gateway" ? [event.ms] : []));
  expect(inside).toEqual([expect.any(Number)]);
  expect(inside[0]).toBeGreaterThan(30);
});

test("lease: one idle cluster makes room for one taker, not two", async () => {
  await using gate = await fakeGate({ jobs: 2 });
  await using client = await gate.connect();
  const lease = async (wanted: typeof shape) => (await client.ask({ ask: "lease", scenario: "a", shape: wanted, fresh: false })).lease;
  const small = { managers: 1, workers: 0 };
  const both = [await lease(shape), await lease(shape)];
  for (const one of both) await client.ask({ ask: "release", lease: one, wrecked: false });
  await lease(small);
  expect(deeds(gate)).toEqual(["start c1", "start c2", "destroy c1", "start c3"]);
  await lease(shape);
  expect(deeds(gate)).toEqual(["start c1", "start c2", "destroy c1", "start c3"]);
});

test("lease: a cluster that does not start is an error of ours, tried again as the plan allows", async () => {
  await using gate = await fakeGate();
  gate.provider.behaviour.startFails = "no space left";
  await using client = await gate.connect();
  const results = await runAttempts(
    client,
    gate.plan,
    declared(async () => {}),
  );
  expect(results.map(outcomes)).toEqual([["error"], ["error"], ["error"]]);
  expect(results[0]?.judgements[0]?.reasons[0]).toMatch(/no cluster of 3 managers and 2 workers for quorum-lost: no space left/);
});

test("worker: one that vanishes leaves an attempt in error and a destroyed cluster, after its evidence", async () => {
  await using gate = await fakeGate();
  const client = await gate.connect();
  const lease = await client.ask({ ask: "lease", scenario: "quorum-lost", shape, fresh: false });
  const context = { scenario: "quorum-lost", rules: ["RAFT-05"], shape, nodes: [], facts: lease.facts, seed: "1" };
  client.record({ kind: "attempt-start", t: 1, attempt: "quorum-lost#1", proc: "main", context });
  await client[Symbol.asyncDispose]();
  await settled(gate, "destroy c1");
  expect(gate.provider.deeds).toEqual(["start c1", "evidence c1 with 0 faults", "destroy c1"]);
  expect(gate.judged[0]?.judgements).toMatchObject([
    { outcome: "error", reasons: ["ended by itself: the worker process that ran the script", expect.any(String)] },
  ]);
});

test("attempt: its cluster goes back even when its connections cannot be closed", async () => {
  await using gate = await fakeGate();
  await using client = await gate.connect();
  const stubborn = { ...fakeExchange, [Symbol.asyncDispose]: () => Promise.reject(new Error("a socket will not close")) };
  const wish = { client, plan: gate.plan, declared: declared(async (world) => void (await read(world)), { wrecks: true }), number: 1 };
  await expect(runAttempt({ ...wish, exchangeFor: () => stubborn })).rejects.toThrow("a socket will not close");
  await settled(gate, "destroy c1");
});

test("attempt: a part of ours that died makes it an error and is in the history", async () => {
  await using gate = await fakeGate();
  gate.provider.behaviour.casualties = [{ whose: "lab", text: "gateway of c1" }];
  const result = await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  expect(result.judgements).toMatchObject([{ outcome: "error", reasons: ["ended by itself: gateway of c1"] }]);
  expect(gate.events()).toContainEqual(
    expect.objectContaining({ kind: "cluster", what: "casualty", data: "gateway of c1", attempt: "quorum-lost#1" }),
  );
});

test("attempt: a node whose own program ended by itself has broken the rule it ended under", async () => {
  await using gate = await fakeGate();
  gate.provider.behaviour.casualties = [{ whose: "target", text: "node m1 ended by itself with status 2: panic" }];
  const result = await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  const findings = [{ expected: "every node runs on until it is told to end", observed: expect.stringContaining("panic") }];
  expect(result.judgements).toMatchObject([{ outcome: "fail", findings }]);
});

test("attempt: evidence that cannot be taken costs no judgement, is told, and leaves no cluster behind", async () => {
  await using gate = await fakeGate();
  gate.provider.behaviour.evidenceFails = "no space left";
  const result = await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  expect(outcomes(result)).toEqual(["pass"]);
  expect(gate.judged.map((one) => one.attempt)).toEqual(["quorum-lost#1"]);
  const told = gate.events().flatMap((event) => (event.kind === "cluster" && event.what === "evidence" ? [event.data] : []));
  expect(told).toMatchObject([{ attempt: "quorum-lost#1", whole: false, why: "no space left" }]);
});

test("worker: one that vanishes leaves no cluster behind, though its evidence cannot be taken", async () => {
  await using gate = await fakeGate();
  gate.provider.behaviour.evidenceFails = "no space left";
  const client = await gate.connect();
  const lease = await client.ask({ ask: "lease", scenario: "quorum-lost", shape, fresh: false });
  const context = { scenario: "quorum-lost", rules: ["RAFT-05"], shape, nodes: [], facts: lease.facts, seed: "1" };
  client.record({ kind: "attempt-start", t: 1, attempt: "quorum-lost#1", proc: "main", context });
  await client[Symbol.asyncDispose]();
  await settled(gate, "destroy c1");
});

test("attempt: a lab that never says what of it ended makes an error, not a gate that waits for ever", async () => {
  await using gate = await fakeGate({ lookMsMax: 50 });
  gate.provider.behaviour.casualtiesHang = true;
  const result = await attempt(
    gate,
    declared(async (world) => void (await read(world))),
  );
  expect(result.judgements).toMatchObject([{ outcome: "error", reasons: [expect.stringContaining("could not be looked at")] }]);
});

test("attempt: an indeterminate fault makes it inconclusive; evidence shows the fault still there", async () => {
  await using gate = await fakeGate();
  gate.provider.behaviour.installs = { state: "indeterminate", why: "a canary came through" };
  const script = async (world: World) => {
    await world.fault({ kind: "kill", on: [{ node: "m2" }] });
    await read(world);
  };
  const result = await attempt(gate, declared(script));
  expect(result.judgements).toMatchObject([
    { outcome: "inconclusive", reasons: ["fault f1 (kill) was indeterminate: a canary came through"] },
  ]);
  expect(gate.provider.deeds).toContain("evidence c1 with 1 faults");
});

test("attempt: a missed condition without findings is inconclusive, a broken script an error", async () => {
  await using gate = await fakeGate();
  const missed = await attempt(
    gate,
    declared(async (world) => {
      await read(world);
      throw new Missed("leader: not within 45 s");
    }),
    1,
  );
  expect(outcomes(missed)).toEqual(["inconclusive"]);
  const broken = await attempt(
    gate,
    declared(async () => {
      throw new HarnessError("no such helper");
    }),
    2,
  );
  expect(broken.judgements).toMatchObject([{ outcome: "error", reasons: ["the script broke: HarnessError: no such helper"] }]);
});

test("attempt: an event of no known shape is a casualty of ours, never lost in silence", async () => {
  await using gate = await fakeGate();
  const result = await attempt(
    gate,
    declared(async (world) => {
      await read(world);
      world.log(5 as unknown as string);
    }),
  );
  expect(outcomes(result)).toEqual(["error"]);
  expect(result.judgements[0]?.reasons[0]).toMatch(/the recording: event \d+ \(note\) is no event/);
});

test("attempts: only inconclusive and error are repeated, a failing one never", async () => {
  let runs = 0;
  const flaky = () => {
    runs += 1;
    return runs === 1 ? { findings: [], exposure: {}, missing: ["no cut"] } : passing({ history: {} as never, bounds: {} });
  };
  const script = async (world: World) => void (await read(world));
  const all = async (gate: FakeGate) => {
    await using client = await gate.connect();
    const results: AttemptResult[] = [];
    // Through the same loop as suites use, with the fake exchange put in.
    for (let number = 1; number <= gate.plan.attemptsMax; number += 1) {
      results.push(await runAttempt({ client, plan: gate.plan, declared: declared(script), number, exchangeFor: () => fakeExchange }));
      if (results.at(-1)?.judgements[0]?.outcome !== "inconclusive") break;
    }
    return results;
  };
  await using doubtful = await fakeGate({ checker: flaky });
  expect((await all(doubtful)).map(outcomes)).toEqual([["inconclusive"], ["pass"]]);
  await using red = await fakeGate({ checker: failing });
  expect((await all(red)).map(outcomes)).toEqual([["fail"]]);
});

test("keep: the first failing cluster stays up with its faults, a second one does not", async () => {
  await using gate = await fakeGate({ checker: failing, keep: true });
  const script = async (world: World) => void (await world.fault({ kind: "pause", on: [{ node: "w1" }] }));
  await attempt(gate, declared(script), 1);
  await attempt(gate, declared(script), 2);
  await settled(gate, "remove c2 f1");
  await gate.session.close();
  expect(gate.session.kept.map((sut) => [sut.id, sut.active()])).toEqual([["c1", ["f1"]]]);
  expect(gate.provider.deeds).toContain("destroy c2");
  expect(gate.provider.deeds).not.toContain("destroy c1");
});

test("worker: a script ends when its gate goes", async () => {
  const gate = await fakeGate();
  const forever = declared((world) => world.pass("for ever", 600_000), { limitMs: 700_000 });
  const running = attempt(gate, forever);
  const ended = running.then(
    () => "ended well",
    (error: Error) => error.message,
  );
  await vi.waitFor(() => expect(gate.events().map((event) => event.kind)).toContain("attempt-start"));
  await gate[Symbol.asyncDispose]();
  expect(await ended).toContain("the gate process is gone");
});

test("interrupted: clusters are removed, nothing more is recorded or judged", async () => {
  await using gate = await fakeGate();
  await using client = await gate.connect();
  const lease = await client.ask({ ask: "lease", scenario: "quorum-lost", shape, fresh: false });
  gate.session.interrupt();
  await expect(client.ask({ ask: "judge", lease: lease.lease, attempt: "quorum-lost#1", rules: ["RAFT-05"] })).rejects.toThrow(
    "interrupted",
  );
  await gate.session.close();
  expect(gate.provider.deeds).toEqual(["start c1", "destroy c1"]);
  expect(gate.judged).toEqual([]);
});

test("verdict of the Vitest test: a finding is an AssertionError with expected and seen, trouble of ours is not", () => {
  const base = { rule: "RAFT-05", exposure: {}, reasons: ["no cut"] };
  const finding = { expected: "no write", observed: "a write" };
  const caught = (attempts: readonly AttemptResult[]): unknown => {
    try {
      throwUnlessPassed(attempts);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  expect(caught([{ attempt: "s#1", judgements: [{ ...base, outcome: "fail", findings: [finding] }] }])).toMatchObject({
    name: "AssertionError",
    message: "RAFT-05: expected no write; seen a write",
  });
  const inconclusive = { attempt: "s#1", judgements: [{ ...base, outcome: "inconclusive" as const, findings: [] }] };
  expect(caught([inconclusive])).toMatchObject({ name: "Error", message: "RAFT-05 is inconclusive: no cut" });
  expect(caught([inconclusive, { attempt: "s#2", judgements: [{ ...base, outcome: "pass", findings: [] }] }])).toBeUndefined();
});
