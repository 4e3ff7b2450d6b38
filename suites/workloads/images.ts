/**
 * Names under which the workload is known inside a swarm. A swarm node tries to pull a name before it takes the image it
 * has: the registry part is a loopback port where nothing listens, so that the attempt fails at once, without DNS.
 */
export const WORKLOAD_TAGS = ["1", "2", "broken"] as const;

export type WorkloadTag = (typeof WORKLOAD_TAGS)[number];

const REPOSITORY = "127.0.0.1:1/swarmproof/workload";

export const WORKLOAD_IMAGES = {
  v1: `${REPOSITORY}:1`,
  v2: `${REPOSITORY}:2`,
  /** Ends with status 1 at once. */
  broken: `${REPOSITORY}:broken`,
  /** Exists nowhere. */
  missing: `${REPOSITORY}:missing`,
} as const;

export function workloadReference(tag: WorkloadTag): string {
  return `${REPOSITORY}:${tag}`;
}

/** The port on which a task serves `GET /`: `{"version":"1","hostname":"<short container id>"}`. */
export const WORKLOAD_PORT = 8080;

/** Command of a Docker health check. */
export const WORKLOAD_HEALTH_TEST: readonly string[] = ["CMD", "/workload/healthy"];
