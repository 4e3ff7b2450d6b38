/** Campaigns over a world, with promises: the interpreter for containers. It carries out what is asked and decides nothing. */
import type { CampaignAsk, CampaignFlow } from "./campaign-asks.ts";
import { campaignFlow } from "./campaign-flow.ts";
import type { Campaign } from "./campaign.ts";
import { drive } from "./flow.ts";
import { HarnessError } from "./world.ts";
import type { FaultInForce, Running, World } from "./world.ts";

/** Ends when the campaign has been read to its end; throws `Missed` when it did not settle. */
export async function runCampaign(world: World, campaign: Campaign): Promise<void> {
  await new Interpreter(world).run(campaignFlow(campaign, world));
}

class Interpreter {
  readonly #world: World;
  readonly #faults = new Set<FaultInForce>();
  readonly #processes = new Set<Running<void>>();

  constructor(world: World) {
    this.#world = world;
  }

  run<T>(flow: CampaignFlow<T>): Promise<T> {
    return drive(flow, (ask) => this.#answer(ask));
  }

  async #answer(ask: CampaignAsk): Promise<unknown> {
    const world = this.#world;
    switch (ask.ask) {
      case "call":
        return world.call(ask.node, ask.request, ask.deadlineMs);
      case "pass":
        return world.pass(ask.name, ask.ms);
      case "fault":
        return kept(this.#faults, await world.fault(ask.fault));
      case "heal":
        return known(this.#faults, ask.fault).heal();
      case "start":
        return kept(
          this.#processes,
          world.spawn(ask.name, () => this.run(ask.flow)),
        );
      case "every":
        return kept(
          this.#processes,
          world.every(ask.name, ask.intervalMs, () => this.run(ask.tick())),
        );
      case "join":
        return world.all(ask.processes.map((process) => known(this.#processes, process)));
      case "stop":
        for (const process of ask.processes) known(this.#processes, process).stop();
        return undefined;
      default:
        return world.until(ask.name, () => this.run(ask.condition()), { withinMs: ask.withinMs });
    }
  }
}

function kept<T>(all: Set<T>, one: T): T {
  all.add(one);
  return one;
}

/** Tokens travel through flows as `unknown`; only what was handed out comes back. */
function known<T>(all: ReadonlySet<T>, token: unknown): T {
  for (const one of all) if (one === token) return one;
  throw new HarnessError("a campaign handed back something it was not given");
}
