/** Campaigns: both interpreters carry out the same text, so the same schedule must leave the same history on both. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quorumCampaigns } from "../generator/quorum.ts";
import { reschedulingCampaigns } from "../generator/rescheduling.ts";
import type { Recorded } from "../history/event.ts";
import { simulateCampaign, simulateCampaignAsync } from "../sim/sim-campaign.ts";
import { toyTarget } from "../sim/toy-target.ts";
import { parseCampaign, timeline } from "./campaign.ts";
import type { Campaign } from "./campaign.ts";

const knobs = { spanMs: 12_000, limitMs: 3000 };
const some = <T>(arbitrary: fc.Arbitrary<T>, count: number): readonly T[] => fc.sample(arbitrary, { seed: 20_10, numRuns: count });
const quorum = some(quorumCampaigns(knobs), 6);
const rescheduling = some(reschedulingCampaigns({ spanMs: 12_000, limitMs: 4000, holdMs: 10_000 }), 6);
const cases = [...quorum, ...rescheduling].map((campaign, k) => [k, campaign] as const);

const runOf = (campaign: Campaign, seed: string) => ({ target: toyTarget, campaign, seed, name: "contract" });
const targets = (events: readonly Recorded[]) =>
  events.flatMap((event) =>
    event.kind === "fault-installed" ? [{ fault: event.symbolic, concrete: event.concrete, state: event.state }] : [],
  );

describe("both interpreters", () => {
  test.for(cases)("resolve the same targets and leave the same events in the same order: campaign %i", async ([k, campaign]) => {
    const sync = simulateCampaign(runOf(campaign, `contract-${k}`));
    const async = await simulateCampaignAsync(runOf(campaign, `contract-${k}`));
    expect(sync.end).toEqual({ script: "completed" });
    expect(targets(async.events)).toEqual(targets(sync.events));
    expect(async.events).toEqual(sync.events);
    expect(async.digest).toBe(sync.digest);
  });
});

describe("the same seed", () => {
  test("gives the same hash chain again, another seed another one", () => {
    const [campaign] = quorum;
    if (campaign === undefined) throw new Error("no campaign was generated");
    const [first, second, other] = ["a", "a", "b"].map((seed) => simulateCampaign(runOf(campaign, seed)).digest);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe("schedules", () => {
  test("survive being stored as JSON", () => {
    fc.assert(
      fc.property(fc.oneof(quorumCampaigns(knobs), reschedulingCampaigns({ ...knobs, holdMs: 1000 })), (campaign) => {
        expect(parseCampaign(JSON.parse(JSON.stringify(campaign)))).toEqual(campaign);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test("are unfolded by time, faults before operations of the same moment", () => {
    const [campaign] = quorum;
    const steps = timeline(campaign ?? { ...(quorum[1] as Campaign) });
    expect(steps.map((step) => step.at)).toEqual(steps.map((step) => step.at).toSorted((a, b) => a - b));
  });

  test("of quorum isolate a leader in at least three of ten, and straddle the election time-out", () => {
    const drawn = some(quorumCampaigns(knobs), 300);
    const isolating = drawn.filter((campaign) => campaign.faults.some(({ fault }) => "from" in fault && fault.from.includes("leader")));
    const past = drawn.filter((campaign) => campaign.faults.some(({ fault }) => fault.forMs > knobs.limitMs));
    const short = drawn.filter((campaign) => campaign.faults.some(({ fault }) => fault.forMs < knobs.limitMs));
    expect(isolating.length / drawn.length).toBeGreaterThan(0.3);
    expect(past.length / drawn.length).toBeGreaterThan(0.3);
    expect(short.length / drawn.length).toBeGreaterThan(0.3);
  });
});
