/** The toy peer as something that can be simulated. A self-test fixture: it is in no list of targets. */
import type { SimTarget } from "./sim-lab.ts";
import { toyTiming } from "./toy-messages.ts";
import { toyBoot, toyId } from "./toy-peer.ts";

export const toyTarget: SimTarget = {
  facts: {
    name: "toy-peer",
    claims: { reads: "stale-until-stepdown" },
    constants: { ElectionTick: toyTiming.electionMs, HeartbeatPeriod: toyTiming.heartbeatMs },
    images: { v1: "workload:1", v2: "workload:2", broken: "workload:broken", missing: "workload:missing" },
    lacks: { clock: "the toy peer reads no clock", disk: "the toy peer has no disk" },
  },
  boot: (members) => toyBoot(members),
  nodeId: toyId,
  formingMsMax: 20_000,
};

/** The toy peer with a planted bug: what it acknowledged alone is gone when another leads. */
export const forgetfulToyTarget: SimTarget = {
  ...toyTarget,
  boot: (members) => toyBoot(members, { ...toyTiming, answersAlone: true }),
};
