/**
 * One generated property: draws campaigns from the plan's seed, has each run as an attempt, counts what came of them.
 * Few runs, unshrunk (a failure is shrunk in simulation); a campaign that shows a violation ends it. Knows no gate.
 */
import * as fc from "fast-check";
import type { Judgement } from "../checker/checker.ts";
import type { AttemptResult } from "./scenario.ts";
import type { Campaign } from "./campaign.ts";
import { hash32 } from "./streams.ts";

/** What a property came to; goes into the journal and the report. */
export interface PropertyAccount {
  readonly property: string;
  /** Of fast-check; the same seed draws the same campaigns. */
  readonly seed: number;
  readonly wanted: number;
  readonly ran: number;
  /** Attempts by what their judgements say: a violation, something of ours that broke, or neither with the swarm settled. */
  readonly violated: number;
  readonly broken: number;
  readonly held: number;
  readonly endedBy: "all ran" | "violation" | "time limit";
}

export interface CampaignResult extends AttemptResult {
  /** The campaign was read to its end: the swarm settled and was looked at. */
  readonly settled: boolean;
}

export interface PropertyWish {
  readonly name: string;
  readonly campaigns: fc.Arbitrary<Campaign>;
  readonly runs: number;
  /** No further campaign begins after this; the one that runs is not cut short. */
  readonly timeLimitMs: number;
  readonly planSeed: string;
  readonly now: () => number;
  readonly attempt: (campaign: Campaign, number: number) => Promise<CampaignResult>;
}

export interface PropertyResult {
  readonly account: PropertyAccount;
  readonly attempts: readonly CampaignResult[];
}

export async function runProperty(wish: PropertyWish): Promise<PropertyResult> {
  const seed = hash32(`${wish.planSeed}/${wish.name}`) | 0;
  const attempts: CampaignResult[] = [];
  const until = wish.now() + wish.timeLimitMs;
  let stopped = false;
  const drawn = fc.asyncProperty(wish.campaigns, async (campaign) => {
    stopped ||= attempts.length > 0 && wish.now() >= until;
    if (stopped) return true;
    const result = await wish.attempt(campaign, attempts.length + 1);
    attempts.push(result);
    return !says(result, "fail");
  });
  const details = await fc.check(drawn, { seed, numRuns: wish.runs, endOnFailure: true });
  const violated = attempts.filter((result) => says(result, "fail")).length;
  if (details.failed && violated === 0) throw new Error(`${wish.name}: a campaign could not be run`, { cause: details.errorInstance });
  const broken = attempts.filter((result) => !says(result, "fail") && says(result, "error")).length;
  const held = attempts.filter((result) => !says(result, "fail") && !says(result, "error") && result.settled).length;
  const endedBy = violated > 0 ? "violation" : stopped ? "time limit" : "all ran";
  const counts = { wanted: wish.runs, ran: attempts.length, violated, broken, held };
  return { account: { property: wish.name, seed, ...counts, endedBy }, attempts };
}

const says = ({ judgements }: AttemptResult, outcome: Judgement["outcome"]): boolean =>
  judgements.some((judgement) => judgement.outcome === outcome);

/** For people: `quorum-campaigns: 3 of 3 campaigns ran, none violated a rule (seed 7)`. */
export function describeAccount(account: PropertyAccount): string {
  const { property, wanted, ran, violated, broken, seed, endedBy } = account;
  const found = violated > 0 ? `${violated} violated a rule` : "none violated a rule";
  const ours = broken > 0 ? `, ${broken} broke in the harness` : "";
  const restless = account.ran - violated - broken - account.held;
  const open = restless > 0 ? `, ${restless} did not settle` : "";
  return `${property}: ${ran} of ${wanted} campaigns ran (${endedBy}), ${found}${ours}${open} (seed ${seed})`;
}
