/**
 * Rescheduling without rebalancing under generated campaigns: workers are lost, return, are drained and taken back in
 * any order; every service becomes whole again, no slot is doubled, and what runs stays where it is.
 */
import { reschedulingCampaigns } from "../../harness/generator/rescheduling.ts";
import { property } from "../../harness/world/property.ts";

property({
  name: "rescheduling-campaigns",
  rules: ["INV-03", "INV-04", "INV-05", "INV-06", "NODE-12/drain"],
  // A silent node counts as down after three missed heartbeats of 5 s.
  campaigns: reschedulingCampaigns({ spanMs: 40_000, limitMs: 15_000, holdMs: 61_500 }),
  runs: 2,
  timeLimitMs: 480_000,
  limitMs: 600_000,
});
