/**
 * What a campaign does, as a flow: sets up, lets everything begin at its time while watchers ask, waits until the
 * last fault is gone and the swarm has settled, reads the end. Both interpreters carry out this one text.
 */
import { act, audit, phase, subject } from "../checker/marks.ts";
import { specOf } from "../client/swarm.ts";
import type { Outcome } from "../client/exchange.ts";
import { readServices } from "../client/views.ts";
import type { Fault } from "../nemesis/fault.ts";
import { call, managersOf, workersOf } from "./campaign-asks.ts";
import type { CampaignFlow, Stage } from "./campaign-asks.ts";
import { agreed, converged } from "./campaign-conditions.ts";
import { operate } from "./campaign-ops.ts";
import type { OpContext } from "./campaign-ops.ts";
import type { Campaign, CampaignOp } from "./campaign.ts";
import { timeline } from "./campaign.ts";
import { HarnessError } from "./world.ts";

/** Milliseconds; longer than any bound of the rules, so that a miss shows in the history. */
const settleWithinMs = 150_000;
const watchMs = 1000;
const watchCallMs = 2000;
export const restartDelayMs = 1000;

export function* campaignFlow(campaign: Campaign, on: Stage): CampaignFlow<void> {
  phase.set(on, { phase: "set-up" });
  yield* until("set up: the managers agree", () => agreed(on));
  const services = yield* place(campaign, on);
  yield* until("set up: every service is whole", () => converged(on));
  const watcher = yield { ask: "every", name: "watch", intervalMs: watchMs, tick: () => watch(on) };
  phase.set(on, { phase: "campaign" });
  const faults = yield* unfold(campaign, on, services);
  for (const fault of faults) yield { ask: "heal", fault };
  phase.set(on, { phase: "settle" });
  yield* until(`settled: ${campaign.settle}`, () => (campaign.settle === "agreed" ? agreed(on) : converged(on)));
  if (campaign.finale !== undefined) yield* emptyAndTakeBack(campaign.finale, on);
  yield { ask: "stop", processes: [watcher] };
  yield { ask: "join", processes: [watcher] };
  yield* readTheEnd(campaign, on, services);
}

/** Ids of the campaign's services, in its order. */
function* place(campaign: Campaign, on: Stage): CampaignFlow<readonly string[]> {
  const ids: string[] = [];
  for (const { name, replicas } of campaign.services) {
    const restart = { condition: "any", delayMs: restartDelayMs } as const;
    const wish = { name, image: on.cluster.facts.images.v1, restart, labels: { v: "0" }, ...(replicas < 0 ? {} : { replicas }) };
    const outcome = yield* call(managersOf(on)[0] ?? "", { method: "POST", path: "/services/create", body: specOf(wish) });
    const id = idOf(outcome);
    if (id === undefined) throw new HarnessError(`setting up: the create of ${name} was not acknowledged: ${JSON.stringify(outcome)}`);
    ids.push(id);
    subject.set(on, { as: replicas < 0 ? "everywhere" : "web", id, name, replicas, restartDelayMs });
  }
  return ids;
}

/** Begins every step at its time, each as a process of its own, and waits for all; gives the faults. */
function* unfold(campaign: Campaign, on: Stage, services: readonly string[]): CampaignFlow<readonly unknown[]> {
  const began = on.now();
  const processes: unknown[] = [];
  const faults: unknown[] = [];
  for (const step of timeline(campaign)) {
    const wait = Math.round(began + step.at - on.now());
    if (wait > 0) yield { ask: "pass", name: `until ${step.name} at ${step.at}`, ms: wait };
    const flow = "fault" in step ? inject(step.fault, faults) : perform(step.act, { on, services, unique: step.name });
    processes.push(yield { ask: "start", name: step.name, flow });
  }
  yield { ask: "join", processes };
  const end = Math.max(0, ...campaign.faults.map(({ at, fault }) => at + fault.forMs)) + began;
  const left = Math.ceil(end - on.now());
  if (left > 0) yield { ask: "pass", name: "until the last fault is over", ms: left };
  return faults;
}

/** What became of it is in the history; nobody waits for more. */
function* perform(op: CampaignOp, context: OpContext): CampaignFlow<void> {
  yield* operate(op, context);
}

function* inject(fault: Fault, faults: unknown[]): CampaignFlow<void> {
  faults.push(yield { ask: "fault", fault });
}

function* watch(on: Stage): CampaignFlow<void> {
  for (const node of managersOf(on)) {
    for (const list of ["nodes", "services", "tasks"]) yield* call(node, { method: "GET", path: `/${list}` }, watchCallMs);
  }
}

function* emptyAndTakeBack(finale: NonNullable<Campaign["finale"]>, on: Stage): CampaignFlow<void> {
  const { worker, holdMs } = finale;
  const node = workersOf(on)[worker % Math.max(1, workersOf(on).length)];
  if (node === undefined) return;
  for (const availability of ["drain", "activate"] as const) {
    phase.set(on, { phase: availability });
    yield* until(`${node} takes ${availability}`, function* () {
      const done = yield* operate({ at: 0, op: availability, via: 0, worker }, { on, services: [], unique: "finale" });
      return done ? true : undefined;
    });
    act.set(on, { act: availability, node });
    yield* until(`whole after ${availability}`, () => converged(on));
  }
  phase.set(on, { phase: "hold" });
  yield { ask: "pass", name: "hold: nothing may move", ms: holdMs };
}

/** The last words: every manager's lists, and the containers of every node as its own engine shows them. */
function* readTheEnd(campaign: Campaign, on: Stage, services: readonly string[]): CampaignFlow<void> {
  const wanted = yield* replicasNow(on);
  for (const [k, id] of services.entries()) {
    const { name, replicas } = campaign.services[k] ?? { name: id, replicas: -1 };
    if (replicas >= 0) subject.set(on, { as: "replicated", id, name, replicas: wanted.get(id) ?? replicas, restartDelayMs });
  }
  audit.set(on, {});
  yield* watch(on);
  for (const { name } of on.cluster.nodes) yield* call(name, { method: "GET", path: "/containers/json" });
}

/** Replicas as the services want them now: a scale in doubt may or may not have happened. */
function* replicasNow(on: Stage): CampaignFlow<ReadonlyMap<string, number>> {
  const outcome = yield* call(managersOf(on)[0] ?? "", { method: "GET", path: "/services" });
  const services = outcome.kind === "answer" && outcome.status === 200 ? readServices(outcome.body) : undefined;
  return new Map(services?.map((service) => [service.id, service.replicas]));
}

function* until(name: string, condition: () => CampaignFlow<true | undefined>): CampaignFlow<void> {
  yield { ask: "until", name, condition, withinMs: settleWithinMs };
}

function idOf(outcome: Outcome): string | undefined {
  if (outcome.kind !== "answer" || outcome.status !== 201 || typeof outcome.body !== "object" || outcome.body === null) return undefined;
  return "ID" in outcome.body && typeof outcome.body.ID === "string" ? outcome.body.ID : undefined;
}
