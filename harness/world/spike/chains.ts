/** The spike in virtual time: the hash chains of script and campaign. As a program it prints them, one per line. */
import { SimLab } from "../../sim/sim-lab.ts";
import { simulateCampaign } from "../../sim/sim-campaign.ts";
import { runInSimulation } from "../../sim/sim-world.ts";
import { toyTarget } from "../../sim/toy-target.ts";
import type { Recorded } from "../../history/event.ts";
import type { ScriptEnd } from "../run-script.ts";
import { spikeCampaign, spikeScript } from "./script.ts";

export interface SpikeRun {
  readonly end: ScriptEnd;
  readonly digest: string;
  readonly events: readonly Recorded[];
}

const seed = "spike";

export async function simulateScript(): Promise<SpikeRun> {
  using lab = new SimLab(toyTarget, { managers: 3, workers: 2 }, seed);
  const end = await runInSimulation({ lab, attempt: "spike-script#1", seed, limitMs: 600_000 }, spikeScript);
  return { end, digest: lab.kernel.chain.digest, events: lab.events };
}

export function simulateSpikeCampaign(): SpikeRun {
  return simulateCampaign({ target: toyTarget, campaign: spikeCampaign(), seed, name: "spike-campaign" });
}

if (import.meta.main) process.stdout.write(`${(await simulateScript()).digest}\n${simulateSpikeCampaign().digest}\n`);
