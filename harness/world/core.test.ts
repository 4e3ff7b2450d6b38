/** The part of the world that both arms share, proved in virtual time against the toy peer. */
import { describe, expect, test } from "vitest";
import type { EventOf, EventKind, Recorded } from "../history/event.ts";
import { SimLab } from "../sim/sim-lab.ts";
import { runInSimulation } from "../sim/sim-world.ts";
import { toyTarget } from "../sim/toy-target.ts";
import type { ScriptEnd } from "./run-script.ts";
import { Missed, Stopped } from "./world.ts";
import type { World } from "./world.ts";

interface Ran {
  readonly end: ScriptEnd;
  readonly events: readonly Recorded[];
  readonly digest: string;
}

async function run(
  script: (world: World) => Promise<void>,
  { managers = 3, workers = 2, limitMs = 600_000, seed = "core" } = {},
): Promise<Ran> {
  using lab = new SimLab(toyTarget, { managers, workers }, seed);
  const end = await runInSimulation({ lab, attempt: "core#1", seed, limitMs }, script);
  return { end, events: lab.events, digest: lab.kernel.chain.digest };
}

const of = <K extends EventKind>(ran: Ran, kind: K): readonly Omit<EventOf<K>, "seq">[] =>
  ran.events.filter((event) => event.kind === kind) as unknown as readonly Omit<EventOf<K>, "seq">[];

const nodes = { method: "GET", path: "/nodes" } as const;

describe("calls", () => {
  test("an invocation is stamped before its request is sent, a completion after its answer [H7]", async () => {
    const sent: number[] = [];
    const ran = await run(async (world) => {
      sent.push(world.now());
      await world.call("m1", nodes);
      sent.push(world.now());
    });
    const [before = NaN, after = NaN] = sent;
    expect(of(ran, "invoke").map((event) => event.t)).toEqual([before]);
    expect(of(ran, "ok").map((event) => event.t)).toEqual([after]);
    expect(after).toBeGreaterThan(before);
  });

  test("a write that got no answer after it was sent is info, one that never left is fail, a read is fail [H8]", async () => {
    const ran = await run(async (world) => {
      await world.fault({ kind: "pause", on: ["manager(1)"] });
      await world.call("m1", { method: "POST", path: "/services/create", body: { Name: "web" } }, 500);
      await world.call("m1", nodes, 500);
      await world.fault({ kind: "kill", on: ["manager(2)"] });
      await world.call("m2", { method: "POST", path: "/services/create", body: { Name: "web" } }, 500);
    });
    expect(ran.events.filter((event) => "op" in event && event.kind !== "invoke").map((event) => event.kind)).toEqual([
      "info",
      "fail",
      "fail",
    ]);
  });

  test("an answer goes into the history as our own reading of it", async () => {
    const ran = await run(async (world) => void (await world.call("m1", nodes)));
    expect(of(ran, "ok")[0]?.view).toMatchObject([{ id: "node-m1", role: "manager", state: "ready" }, {}, {}, {}, {}]);
  });
});

describe("waiting", () => {
  test("until gives what it waited for and leaves what it asked in the history", async () => {
    const ran = await run(async (world) => {
      await world.until(
        "three askings",
        async () => ((await world.call("m1", nodes)).kind === "answer" && world.now() > 0 ? true : undefined),
        {
          withinMs: 1000,
        },
      );
    });
    expect(ran.end).toEqual({ script: "completed" });
    expect(of(ran, "wait")).toMatchObject([{ form: "until", condition: "three askings", limitMs: 1000 }]);
    expect(of(ran, "wait-end")).toMatchObject([{ met: true }]);
  });

  test("until asks a last time at its limit, then misses; that ends the script without a verdict", async () => {
    const asked: number[] = [];
    const ran = await run(async (world) => {
      const began = world.now();
      await world.until("never", async () => void asked.push(world.now() - began), { withinMs: 1000, everyMs: 400 });
    });
    expect(ran.end).toEqual({ script: "missed", error: "waited 1000 ms for: never" });
    expect(asked).toEqual([0, 400, 800, 1000]);
  });

  test("hold breaks as soon as its condition is false", async () => {
    let asked = 0;
    const ran = await run((world) => world.hold("for a while", async () => ++asked < 3, { forMs: 1000 }));
    expect(ran.end).toEqual({ script: "missed", error: "did not hold after 500 ms of 1000: for a while" });
  });
});

describe("processes", () => {
  test("each call is recorded under the process that made it, whoever made the client", async () => {
    const ran = await run(async (world) => {
      const call = (): Promise<unknown> => world.call("m1", nodes);
      await world.all([world.spawn("writer", call), world.spawn("writer", call)]);
      await call();
    });
    expect(of(ran, "invoke").map((event) => event.proc)).toEqual(["writer", "writer~2", "main"]);
  });

  test("the first failure of all stops the others and is rethrown when they have ended", async () => {
    const story: string[] = [];
    const ran = await run(async (world) => {
      const slow = world.spawn("slow", async () => {
        try {
          await world.pass("long", 60_000);
        } catch (error) {
          story.push(error instanceof Stopped ? "slow stopped" : "other");
          throw error;
        }
      });
      const quick = world.spawn("quick", async () => {
        await world.pass("short", 10);
        throw new Missed("quick missed");
      });
      await world.all([slow, quick]).catch((error: unknown) => void story.push(String(error)));
    });
    expect(ran.end.script).toBe("completed");
    expect(story).toEqual(["slow stopped", "Missed: quick missed"]);
  });

  test("every keeps its interval from start to start until it is stopped", async () => {
    const at: number[] = [];
    const ran = await run(async (world) => {
      const began = world.now();
      const tick = world.every("poll", 100, async () => {
        at.push(Math.round(world.now() - began));
        await world.pass("work", at.length === 2 ? 150 : 10);
      });
      await world.pass("watch", 520);
      tick.stop();
      await tick.done;
    });
    expect(ran.end.script).toBe("completed");
    expect(at).toEqual([0, 100, 250, 350, 450]);
  });

  test("a failure nobody asked for is not lost", async () => {
    const ran = await run(async (world) => {
      world.spawn("forgotten", async () => {
        await world.pass("a moment", 10);
        throw new Error("broken helper");
      });
      await world.pass("on", 100);
    });
    expect(ran.end).toEqual({ script: "harness-error", error: "Error: broken helper" });
  });

  test("a process that waits for something the world does not own is a harness error naming it", async () => {
    const ran = await run(async (world) => {
      const stuck = world.spawn("dreamer", () => new Promise<void>(() => undefined));
      await stuck.done;
    });
    expect(ran.end.script).toBe("harness-error");
    expect(ran.end.error).toContain("process dreamer is unfinished");
  });

  test("a script past its limit is told to stop, and that is ours, not the target's", async () => {
    const ran = await run((world) => world.pass("for ever", 1e7), { limitMs: 2000 });
    expect(ran.end.script).toBe("harness-error");
    expect(ran.end.error).toContain("did not end within its limit of 2000 ms");
  });
});

describe("faults", () => {
  test("symbol and answer are both recorded; the fault heals by itself when its time is over", async () => {
    const ran = await run(async (world) => {
      const cut = await world.fault({ kind: "partition", from: ["leader"], to: ["everyone-else"], direction: "both", forMs: 1000 });
      expect(cut.nodes).toEqual(["m1", "m2", "m3", "w1", "w2"]);
      await world.pass("cut", 2000);
    });
    const [installed] = of(ran, "fault-installed");
    expect(installed).toMatchObject({
      state: "installed",
      symbolic: { from: ["leader"], to: ["everyone-else"], direction: "both", forMs: 1000 },
    });
    expect(installed?.concrete).toMatchObject({ kind: "partition", links: [{ from: "m1", to: "m2" }, {}, {}, {}, {}, {}, {}, {}] });
    const [start] = of(ran, "heal-start");
    expect(start).toMatchObject({ fault: "f1", proc: "heal-f1" });
    expect((start?.t ?? 0) - (installed?.t ?? 0)).toBeCloseTo(1000, 3);
    expect(of(ran, "fault-removed")).toMatchObject([{ fault: "f1", state: "removed" }]);
  });

  test("what cannot be resolved is skipped, with why; healing it is skipped too", async () => {
    const ran = await run(async (world) => {
      const fault = await world.fault({ kind: "kill", on: ["worker(9)"] });
      expect(await fault.heal()).toMatchObject({ state: "skipped" });
    });
    expect(of(ran, "fault-installed")).toMatchObject([{ state: "skipped", why: "worker(9): there are 2 (w1 w2)", concrete: null }]);
  });

  test("a node that a fault is in force on is no target for another, as on containers", async () => {
    const ran = await run(async (world) => {
      await world.fault({ kind: "kill", on: ["worker(1)"] });
      await world.fault({ kind: "power-off", on: ["worker(1)"] });
    });
    expect(of(ran, "fault-installed")[1]).toMatchObject({ state: "skipped", why: "kill of w1 is in force (f1)" });
  });

  test("heal may be called again and answers the first report", async () => {
    const ran = await run(async (world) => {
      const fault = await world.fault({ kind: "pause", on: [{ node: "w1" }] });
      const [first, second] = [await fault.heal(), await fault.heal()];
      expect(second).toEqual(first);
    });
    expect(of(ran, "heal-start")).toHaveLength(1);
  });

  test("leader is asked of the side that can elect: a deposed leader behind a cut is not believed", async () => {
    const ran = await run(async (world) => {
      await world.fault({ kind: "partition", from: ["leader"], to: ["everyone-else"], direction: "both" });
      await world.pass("election", 8000);
      await world.fault({ kind: "kill", on: ["leader"] });
    });
    expect(of(ran, "fault-installed")[1]?.concrete).toEqual({ kind: "kill", nodes: ["m2"] });
  });
});
