/** The switches of the workload, as environment of a task. The table in README.md is the contract. */
export interface WorkloadSwitches {
  /** Seconds of serving after which the task ends; without it, it serves until it is stopped. */
  readonly exitAfterS?: number;
  /** Status of that end; 0 unless given. */
  readonly exitCode?: number;
  /** Status of an end by SIGTERM or SIGINT; 0 unless given. */
  readonly stopCode?: number;
  /** Seconds before the server listens. */
  readonly startDelayS?: number;
  /** Seconds from the start until the health check fails for good; 0 means from the start. */
  readonly unhealthyAfterS?: number;
  /** SIGTERM and SIGINT have no effect; only SIGKILL ends the task. */
  readonly ignoreTerm?: boolean;
}

/** `ContainerSpec.Env` for the given switches; a switch that is off has no entry. */
export function workloadEnvironment(switches: WorkloadSwitches): readonly string[] {
  const { exitAfterS, exitCode, stopCode, startDelayS, unhealthyAfterS, ignoreTerm } = switches;
  const table: Readonly<Record<string, number | string | undefined>> = {
    EXIT_AFTER: exitAfterS,
    EXIT_CODE: exitCode,
    STOP_CODE: stopCode,
    START_DELAY: startDelayS,
    UNHEALTHY_AFTER: unhealthyAfterS,
    IGNORE_TERM: ignoreTerm === true ? "1" : undefined,
  };
  return Object.entries(table).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
}
