/** One campaign on one simulated target, by either interpreter: what came of it, and the hash chain of everything that happened. */
import type { AttemptContext } from "../history/attempt.ts";
import type { Recorded } from "../history/event.ts";
import { runCampaign } from "../world/campaign-async.ts";
import { runCampaignSync } from "../world/campaign-sync.ts";
import type { Campaign } from "../world/campaign.ts";
import type { ScriptEnd } from "../world/run-script.ts";
import { SimLab } from "./sim-lab.ts";
import type { SimTarget } from "./sim-lab.ts";
import { runInSimulation } from "./sim-world.ts";

export interface Simulated {
  readonly end: ScriptEnd;
  readonly events: readonly Recorded[];
  /** Equal for equal seeds and campaigns, in any process. */
  readonly digest: string;
  /** Events of the simulation. */
  readonly links: number;
}

export interface CampaignRun {
  readonly target: SimTarget;
  readonly campaign: Campaign;
  readonly seed: string;
  readonly name: string;
}

/** Virtual milliseconds after which a campaign is given up; far above what its waits add up to. */
const limitMs = 3_600_000;

/** Without promises; for `fc.property`. */
export function simulateCampaign(run: CampaignRun): Simulated {
  using lab = labFor(run);
  const setting = { attempt: attemptOf(run), seed: run.seed, cluster: { shape: lab.shape, nodes: lab.nodes, facts: lab.facts } };
  const end = runCampaignSync({ port: lab.port, setting, campaign: run.campaign, limitMs, step: () => lab.step() });
  return resultOf(lab, end);
}

/** The same through the asynchronous interpreter and a world, as on containers. */
export async function simulateCampaignAsync(run: CampaignRun): Promise<Simulated> {
  using lab = labFor(run);
  const end = await runInSimulation({ lab, attempt: attemptOf(run), seed: run.seed, limitMs }, (world) => runCampaign(world, run.campaign));
  return resultOf(lab, end);
}

const attemptOf = ({ name }: CampaignRun): string => `${name}#1`;

function labFor(run: CampaignRun): SimLab {
  const { target, campaign, seed, name } = run;
  const lab = new SimLab(target, campaign.size, seed);
  const nodes = lab.nodes.map(({ name: node, role, id }) => ({ name: node, role, id }));
  const context: AttemptContext = { scenario: name, rules: campaign.checkers, shape: lab.shape, nodes, facts: lab.facts, seed };
  lab.port.record({ kind: "attempt-start", t: lab.port.now(), attempt: attemptOf(run), proc: "main", context });
  return lab;
}

const resultOf = (lab: SimLab, end: ScriptEnd): Simulated => ({
  end,
  events: lab.events,
  digest: lab.kernel.chain.digest,
  links: lab.kernel.chain.links,
});
