/**
 * How a suite declares a scenario: which rules it puts at stake, on what cluster, and the script that does it.
 * The script only drives and marks; verdicts are drawn from the history by the checkers of the rules named.
 */
import type { ClusterShape } from "../sut/sut.ts";
import type { World } from "./world.ts";

export interface Scenario {
  /** Unique over all suites; kebab case. Named in the catalogue under the rules it serves. */
  readonly name: string;
  /** `RULE` or `RULE/variant`. */
  readonly rules: readonly string[];
  readonly shape: ClusterShape;
  /** Wants a cluster nobody has used. */
  readonly fresh?: boolean;
  /** Leaves the cluster unfit for others. */
  readonly wrecks?: boolean;
  /** Milliseconds for one attempt, cluster start excluded. */
  readonly limitMs: number;
  readonly script: (world: World) => Promise<void>;
}
