/** Generated campaigns in virtual time: the sound toy holds, the one with a planted bug is found out and shrunk. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Checker, Finding } from "../checker/checker.ts";
import { quorumCampaigns } from "../generator/quorum.ts";
import { reschedulingCampaigns } from "../generator/rescheduling.ts";
import { readAttempt } from "../history/attempt.ts";
import { inv01 } from "../invariant/inv-01.ts";
import { inv02 } from "../invariant/inv-02.ts";
import { inv03 } from "../invariant/inv-03.ts";
import { inv04 } from "../invariant/inv-04.ts";
import { inv05 } from "../invariant/inv-05.ts";
import { inv06 } from "../invariant/inv-06.ts";
import { node12 } from "../checker/rules/node-12.ts";
import type { Campaign } from "../world/campaign.ts";
import { simulateCampaign } from "./sim-campaign.ts";
import type { SimTarget } from "./sim-lab.ts";
import { forgetfulToyTarget, toyTarget } from "./toy-target.ts";

const bounds = { converge: 61_000, quiet: 10_000, settle: 10_000, globalBack: 30_000 };

function findingsOf(target: SimTarget, campaign: Campaign, checkers: readonly Checker[]): readonly Finding[] {
  const { end, events } = simulateCampaign({ target, campaign, seed: "toy", name: "toy" });
  expect(end).toEqual({ script: "completed" });
  const history = readAttempt(
    "toy#1",
    events.map((event, seq) => ({ ...event, seq })),
  );
  return checkers.flatMap((checker) => checker({ history, bounds }).findings);
}

const quorum = quorumCampaigns({ spanMs: 12_000, limitMs: 3000 });

describe("campaigns against the toy peer", () => {
  test("quorum: no acknowledged write is lost, no conflicting pair acknowledged, no manager goes back", () => {
    const law = fc.property(quorum, (campaign) => {
      expect(findingsOf(toyTarget, campaign, [inv01, inv02, inv03])).toEqual([]);
    });
    fc.assert(law, { seed: 7, numRuns: 40 });
  });

  test("rescheduling: services become whole, no slot is doubled, what runs stays where it is", () => {
    const law = fc.property(reschedulingCampaigns({ spanMs: 12_000, limitMs: 4000, holdMs: 20_000 }), (campaign) => {
      expect(findingsOf(toyTarget, campaign, [inv03, inv04, inv05, inv06, node12])).toEqual([]);
    });
    fc.assert(law, { seed: 7, numRuns: 25 });
  });

  test("a leader that answers writes nobody else holds is found out, and the schedule shrinks to one fault", () => {
    const law = fc.property(quorum, (campaign) => findingsOf(forgetfulToyTarget, campaign, [inv01]).length === 0);
    const { failed, counterexample } = fc.check(law, { seed: 7, numRuns: 40 });
    expect(failed).toBe(true);
    expect(counterexample?.[0].faults).toHaveLength(1);
  });
});
