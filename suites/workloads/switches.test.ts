import { describe, expect, it } from "vitest";
import { workloadEnvironment } from "./switches.ts";

const ALL = { exitAfterS: 1, exitCode: 3, stopCode: 143, startDelayS: 0.5, unhealthyAfterS: 0, ignoreTerm: true };

describe("workload switches", () => {
  it("become environment entries, and nothing when off", () => {
    expect(workloadEnvironment({})).toEqual([]);
    expect(workloadEnvironment({ ignoreTerm: false })).toEqual([]);
    expect(workloadEnvironment(ALL)).toEqual([
      "EXIT_AFTER=1",
      "EXIT_CODE=3",
      "STOP_CODE=143",
      "START_DELAY=0.5",
      "UNHEALTHY_AFTER=0",
      "IGNORE_TERM=1",
    ]);
  });
});
