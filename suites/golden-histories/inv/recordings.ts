/** Recordings of the chaos scenarios on real Docker 20.10. */
import type { Recorded } from "../recorded.ts";
import { acknowledgedWrites } from "./acknowledged-writes.ts";
import { conflictingWriters } from "./conflicting-writers.ts";
import { storm } from "./storm.ts";

export const chaosRecordings: readonly Recorded[] = [acknowledgedWrites, conflictingWriters, storm];
