/** All recordings with the lies told about them. */
import { chaosRecordings } from "./inv/recordings.ts";
import { membershipRecordings } from "./memb/recordings.ts";
import { nodeRecordings } from "./node/recordings.ts";
import { consensusRecordings } from "./raft/recordings.ts";
import type { Recorded } from "./recorded.ts";
import { restartRecordings } from "./rst/recordings.ts";
import { updateRecordings } from "./upd/recordings.ts";

export const recordings: readonly Recorded[] = [
  ...consensusRecordings,
  ...membershipRecordings,
  ...chaosRecordings,
  ...nodeRecordings,
  ...restartRecordings,
  ...updateRecordings,
];
