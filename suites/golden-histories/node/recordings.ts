/** Recordings of the node rules on real Docker 20.10. */
import type { Recorded } from "../recorded.ts";
import { availabilityRecordings } from "./availability.ts";
import { lostRecordings } from "./lost.ts";
import { returnRecordings } from "./returns.ts";

export const nodeRecordings: readonly Recorded[] = [...lostRecordings, ...availabilityRecordings, ...returnRecordings];
