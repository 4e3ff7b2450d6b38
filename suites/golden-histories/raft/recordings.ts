/** Recordings of the consensus scenarios on real Docker 20.10. */
import type { Recorded } from "../recorded.ts";
import { leaderChangeWrites } from "./leader-change-writes.ts";
import { leaderCut } from "./leader-cut.ts";
import { leaderLost } from "./leader-lost.ts";
import { quorumRecordings } from "./quorum.ts";

export const consensusRecordings: readonly Recorded[] = [leaderCut, leaderLost, leaderChangeWrites, ...quorumRecordings];
