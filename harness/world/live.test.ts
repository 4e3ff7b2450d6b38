/** The world in real time: its clock, its timers, what it asks of the gate, its streams and its stalls. */
import { describe, expect, test } from "vitest";
import type { Exchange } from "../client/exchange.ts";
import type { Recorded } from "../history/event.ts";
import type { Ask } from "../run/control.ts";
import { liveWorld, observerClock } from "./live.ts";
import type { Rpc } from "./live.ts";
import { runScript } from "./run-script.ts";

const facts = {
  name: "none",
  claims: { reads: "linearizable" as const },
  constants: {},
  images: { v1: "", v2: "", broken: "", missing: "" },
  lacks: {},
};
const nodes = [{ name: "m1", role: "manager" as const, address: "10.0.0.1", id: "id-m1", apiPort: 2375 }];

function world(open: Exchange["open"] = async function* open() {}) {
  const events: Recorded[] = [];
  const asked: Ask[] = [];
  const answers = { install: { state: "installed" }, remove: { state: "removed" }, probe: { ok: true } } as const;
  const rpc = (async (ask: Ask) => {
    asked.push(ask);
    return ask.ask in answers ? Reflect.get(answers, ask.ask) : undefined;
  }) as Rpc;
  const live = liveWorld({
    lease: { lease: "l1", shape: { managers: 1, workers: 0 }, nodes, facts, access: {} },
    plan: { arm: "containers", selected: [], seed: "s", originNs: String(process.hrtime.bigint()), attemptsMax: 1 },
    exchange: { send: () => Promise.resolve({ kind: "answer", status: 200, body: [] }), open },
    record: (event) => events.push(event),
    rpc,
    attempt: "live#1",
    seed: "s",
  });
  return { live, events, asked };
}

describe("the live world", () => {
  test("its clock counts milliseconds from the origin of the run and never goes back", () => {
    const now = observerClock(String(process.hrtime.bigint() - 5_000_000_000n));
    const [first, second] = [now(), now()];
    expect(first).toBeGreaterThanOrEqual(5000);
    expect(second).toBeGreaterThanOrEqual(first);
  });

  test("faults and probes are asked of the gate that owns the cluster", async () => {
    const { live, asked } = world();
    await runScript(
      live,
      async (script) => {
        const fault = await script.fault({ kind: "kill", on: ["manager(1)"] });
        await script.probe("ping", "m1");
        await fault.heal();
      },
      5000,
    );
    expect(asked).toEqual([
      { ask: "install", lease: "l1", handle: "f1", fault: { kind: "kill", nodes: ["m1"] } },
      { ask: "probe", lease: "l1", kind: "ping", node: "m1", args: {} },
      { ask: "remove", lease: "l1", handle: "f1" },
    ]);
  });

  test("a gate that fails leaves the fault in doubt, in the history too", async () => {
    const failing = world();
    failing.asked.push = () => {
      throw new Error("the gate process is gone");
    };
    const end = await runScript(failing.live, async (script) => void (await script.fault({ kind: "kill", on: ["manager(1)"] })), 5000);
    expect(end).toEqual({ script: "completed" });
    const states = failing.events.flatMap((event) => (event.kind === "fault-installed" ? [event.state, event.why] : []));
    expect(states).toEqual(["indeterminate", "the lab failed: the gate process is gone"]);
    expect(failing.live.faultsActive()).toEqual(["f1"]);
  });

  test("every chunk of a stream is in the history; leaving it closes the stream", async () => {
    const signals: AbortSignal[] = [];
    const { live, events } = world(async function* open(_node, _request, signal) {
      signals.push(signal);
      for (let n = 1; !signal.aborted; n += 1) yield { data: { n } };
    });
    await runScript(
      live,
      async (script) => {
        for await (const chunk of script.open("m1", { method: "GET", path: "/events" })) {
          if (JSON.stringify(chunk.data).includes("3")) break;
        }
      },
      5000,
    );
    expect(events.flatMap((event) => (event.kind === "chunk" ? [event.data] : []))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(events.filter((event) => event.kind === "ok")).toMatchObject([{ op: 0, view: { chunks: 3 } }]);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  test("a stopped process is woken from its sleep, and the worker's largest stall is recorded", async () => {
    const { live, events } = world();
    const end = await runScript(
      live,
      async (script) => {
        const sleeper = script.every("sleeper", 3_600_000, async () => undefined);
        await script.pass("a moment", 5);
        sleeper.stop();
        await sleeper.done;
      },
      5000,
    );
    live.recordStall();
    expect(end).toEqual({ script: "completed" });
    expect(events.at(-1)).toMatchObject({ kind: "stall", who: "worker" });
  });
});
