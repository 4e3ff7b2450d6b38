/**
 * Quorum under generated campaigns: whatever order managers are cut off, killed, frozen and put out of power in,
 * acknowledged writes stay, two sides never both acknowledge, and no manager goes back in time (INV-01, INV-02, INV-03).
 */
import { quorumCampaigns } from "../../harness/generator/quorum.ts";
import { property } from "../../harness/world/property.ts";

property({
  name: "quorum-campaigns",
  rules: ["INV-01", "INV-02", "INV-03"],
  // Docker's election time-out is drawn from 10 to 20 s.
  campaigns: quorumCampaigns({ spanMs: 45_000, limitMs: 15_000 }),
  runs: 3,
  timeLimitMs: 480_000,
  limitMs: 600_000,
});
