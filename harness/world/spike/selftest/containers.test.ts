/** The spike against real Docker in containers: the same script and the same campaign, in real time. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { undiciExchange } from "../../../client/undici-exchange.ts";
import type { Recorded } from "../../../history/event.ts";
import type { Ask, Plan } from "../../../run/control.ts";
import { labProvider } from "../../../sut/containers/selftest/lab.ts";
import type { ClusterShape, Sut, SutProvider } from "../../../sut/sut.ts";
import { runCampaign } from "../../campaign-async.ts";
import { liveWorld } from "../../live.ts";
import type { Rpc } from "../../live.ts";
import { runScript } from "../../run-script.ts";
import type { ScriptEnd } from "../../run-script.ts";
import type { World } from "../../world.ts";
import { spikeCampaign, spikeScript } from "../script.ts";

let provider: SutProvider | undefined;

beforeAll(async () => {
  provider = await labProvider();
});

afterAll(async () => {
  await provider?.close();
});

/** What the gate process would answer, without one. */
function rpcOf(sut: Sut): Rpc {
  const answer = (ask: Ask): Promise<unknown> => {
    if (ask.ask === "install") return sut.install(ask.handle, ask.fault);
    if (ask.ask === "remove") return sut.remove(ask.handle);
    return Promise.reject(new Error(`the spike does not ask for ${ask.ask}`));
  };
  return answer as Rpc;
}

async function onContainers(
  shape: ClusterShape,
  script: (world: World) => Promise<void>,
): Promise<{ readonly end: ScriptEnd; readonly events: readonly Recorded[] }> {
  if (provider === undefined) throw new Error("no provider");
  const sut = await provider.start(shape, () => undefined);
  await using exchange = undiciExchange(sut.nodes, sut.access);
  try {
    const events: Recorded[] = [];
    const plan: Plan = { arm: "containers", selected: [], seed: "spike", originNs: String(process.hrtime.bigint()), attemptsMax: 1 };
    const lease = { lease: sut.id, shape, nodes: sut.nodes, facts: sut.facts, access: sut.access };
    const record = (event: Recorded): void => void events.push(event);
    const live = liveWorld({ lease, plan, exchange, record, rpc: rpcOf(sut), attempt: "spike#1", seed: "spike" });
    const end = await runScript(live, script, 280_000);
    live.recordStall();
    return { end, events };
  } finally {
    await sut.destroy();
  }
}

const faultStates = (events: readonly Recorded[]): readonly string[] =>
  events.flatMap((event) => (event.kind === "fault-installed" || event.kind === "fault-removed" ? [event.state] : []));

test("the script completes on real Docker, its fault proved in force and proved gone", async () => {
  const { end, events } = await onContainers({ managers: 3, workers: 2 }, spikeScript);
  expect(end).toEqual({ script: "completed" });
  expect(faultStates(events)).toEqual(["installed", "removed"]);
});

test("the generated campaign completes on real Docker, every fault that had a target proved in force and proved gone", async () => {
  const campaign = spikeCampaign();
  const { end, events } = await onContainers(campaign.size, (world) => runCampaign(world, campaign));
  expect(end).toEqual({ script: "completed" });
  const states = faultStates(events);
  expect(states).not.toContain("indeterminate");
  expect(states).toContain("installed");
  expect(states.filter((state) => state === "removed")).toHaveLength(states.filter((state) => state === "installed").length);
});
