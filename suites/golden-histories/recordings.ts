/** All recordings of the consensus rules and invariants with the lies told about them. */
import { chaosRecordings } from "./inv/recordings.ts";
import { membershipRecordings } from "./memb/recordings.ts";
import { consensusRecordings } from "./raft/recordings.ts";
import type { Recorded } from "./recorded.ts";

export const recordings: readonly Recorded[] = [...consensusRecordings, ...membershipRecordings, ...chaosRecordings];
