/**
 * What the workload's images offer to a service spec. Their names inside a swarm belong to the target
 * (`images` of its `target.yaml`).
 */

/** `Healthcheck.Test` of the workload's own check; see README.md for what makes it fail. */
export const WORKLOAD_HEALTH_TEST: readonly string[] = ["CMD", "/workload/healthy"];
