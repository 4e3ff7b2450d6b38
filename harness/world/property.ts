/**
 * How a suite declares a property over generated campaigns: one Vitest test that runs few of them on containers, each
 * an attempt of its own with a lease of its own, judged by the rules named.
 *
 * A short campaign seldom reaches the exposure a rule wants for a pass, so a campaign is not asked for one: what it
 * is for is to show a violation. How many ran is written into the journal, never hidden behind a green test.
 */
import type * as fc from "fast-check";
import { test } from "vitest";
import { ControlClient, controlVariable } from "../run/control-client.ts";
import type { Plan } from "../run/control.ts";
import { runCampaign } from "./campaign-async.ts";
import type { Campaign } from "./campaign.ts";
import { observerClock } from "./live.ts";
import { describeAccount, runProperty } from "./property-run.ts";
import type { CampaignResult, PropertyResult } from "./property-run.ts";
import { runAttempt, selectedRules, throwUnlessPassed } from "./scenario.ts";

export interface Property {
  /** Unique over all suites; kebab case. */
  readonly name: string;
  /** `RULE` or `RULE/variant`, whose checkers judge every campaign. */
  readonly rules: readonly string[];
  readonly campaigns: fc.Arbitrary<Campaign>;
  /** Campaigns per run. */
  readonly runs: number;
  /** No further campaign begins after this, unless the plan says otherwise. */
  readonly timeLimitMs: number;
  /** For one campaign, cluster start excluded. */
  readonly limitMs: number;
}

/** Registers the property; without a gate process, or when the run did not select its rules, it is skipped with a code. */
export function property(declared: Property): void {
  test(declared.name, async ({ skip }) => {
    const path = process.env[controlVariable];
    skip(path === undefined, "environment: properties are run by ./swarmproof gate");
    await using client = await ControlClient.connect(path ?? "");
    const plan = await client.ask({ ask: "plan" });
    const rules = selectedRules(declared.rules, plan);
    skip(rules.length === 0, `deselected: none of ${declared.rules.join(", ")} was selected`);
    const result = await underGate(client, plan, { ...declared, rules });
    demand(result);
  });
}

async function underGate(client: ControlClient, plan: Plan, declared: Property): Promise<PropertyResult> {
  const { name, rules, limitMs, campaigns, runs } = declared;
  const now = observerClock(plan.originNs);
  const attempt = async (campaign: Campaign, number: number): Promise<CampaignResult> => {
    let settled = false;
    const result = await runAttempt({
      client,
      plan,
      number,
      declared: {
        name,
        rules,
        shape: campaign.size,
        limitMs,
        script: async (world) => {
          world.mark("campaign", { property: name, number, campaign });
          await runCampaign(world, campaign);
          settled = true;
        },
      },
    });
    return { ...result, settled };
  };
  const timeLimitMs = plan.timeLimitMs ?? declared.timeLimitMs;
  const result = await runProperty({ name, campaigns, runs, timeLimitMs, planSeed: plan.seed, now, attempt });
  client.record({ kind: "cluster", t: now(), attempt: "run", proc: name, what: "property", data: result.account });
  return result;
}

/** Red for a violation, and when not one campaign held: then nothing was tried. */
function demand({ account, attempts }: PropertyResult): void {
  const violating = attempts.filter(({ judgements }) => judgements.some((judgement) => judgement.outcome === "fail"));
  if (violating.length > 0) throwUnlessPassed(violating);
  if (account.held === 0) {
    const reasons = attempts.flatMap(({ judgements }) => judgements.flatMap((judgement) => judgement.reasons));
    throw new Error(`${describeAccount(account)}; no campaign could be judged: ${[...new Set(reasons)].join("; ")}`);
  }
}
