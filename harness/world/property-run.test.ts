/** Properties: seeds, limits and counting, without a gate. */
import { describe, expect, test } from "vitest";
import type { AttemptOutcome } from "../checker/checker.ts";
import { quorumCampaigns } from "../generator/quorum.ts";
import type { Campaign } from "./campaign.ts";
import { describeAccount, runProperty } from "./property-run.ts";

const campaigns = quorumCampaigns({ spanMs: 12_000, limitMs: 3000 });

/** Runs a property whose n-th attempt is judged with the n-th outcome (the last one repeats) and takes a second. */
async function run(outcomes: readonly AttemptOutcome[], { runs = 4, timeLimitMs = 60_000, planSeed = "plan", settled = true } = {}) {
  const drawn: Campaign[] = [];
  let clock = 0;
  const result = await runProperty({
    name: "quorum",
    campaigns,
    runs,
    timeLimitMs,
    planSeed,
    now: () => clock,
    attempt: async (campaign, number) => {
      drawn.push(campaign);
      clock += 1000;
      const outcome = outcomes[number - 1] ?? outcomes.at(-1) ?? "pass";
      return { settled, attempt: `quorum#${number}`, judgements: [{ rule: "INV-01", outcome, findings: [], exposure: {}, reasons: [] }] };
    },
  });
  return { ...result, drawn };
}

describe("a property", () => {
  test("draws the same campaigns for the same plan, others for another", async () => {
    const [first, second, other] = [await run(["pass"]), await run(["pass"]), await run(["pass"], { planSeed: "other" })];
    expect(second.drawn).toEqual(first.drawn);
    expect(other.drawn).not.toEqual(first.drawn);
    expect(first.account).toMatchObject({ wanted: 4, ran: 4, held: 4, endedBy: "all ran" });
  });

  test("ends at the first violation, unshrunk", async () => {
    const { account, drawn } = await run(["pass", "fail"]);
    expect(drawn).toHaveLength(2);
    expect(account).toMatchObject({ ran: 2, violated: 1, held: 1, endedBy: "violation" });
  });

  test("begins no campaign after its time limit and says how many ran", async () => {
    const { account } = await run(["inconclusive"], { runs: 10, timeLimitMs: 2500 });
    expect(account).toMatchObject({ wanted: 10, ran: 3, endedBy: "time limit" });
    expect(describeAccount(account)).toMatch(/^quorum: 3 of 10 campaigns ran \(time limit\), none violated a rule \(seed -?\d+\)$/);
  });

  test("a campaign after which the swarm was not seen to settle did not hold", async () => {
    const { account } = await run(["inconclusive"], { settled: false });
    expect(account).toMatchObject({ ran: 4, held: 0, violated: 0, broken: 0 });
    expect(describeAccount(account)).toContain("4 did not settle");
  });

  test("a campaign that broke in the harness counts as broken, not as held", async () => {
    const { account } = await run(["error", "pass", "pass", "pass"]);
    expect(account).toMatchObject({ broken: 1, held: 3, violated: 0 });
  });
});
