/** RAFT-04 on real Docker 20.10: the machine of the leader of three lost, and lies about it. */
import { exchangesOf, isCreate, nameOf, timeOf, unproved, unsent } from "../../../harness/checker/testing/lie.ts";
import type { Events, Exchange } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const after = (events: Events): ((exchange: Exchange) => boolean) => {
  const first = exchangesOf(events).find((exchange) => isCreate(exchange) && nameOf(exchange).startsWith("after-"));
  if (first === undefined) throw new Error("no write after the election in the recording");
  return ({ invoke }) => invoke.t >= first.invoke.t && invoke.t < timeOf(events, { fault: "heal-start" });
};
/** Everything from some seconds after the loss on happens later, as if the election had taken so much longer. */
const longer = (events: Events, ms: number): Events => {
  const lost = timeOf(events, { fault: "fault-installed" });
  return events.map((event) => (event.t > lost + 3000 ? { ...event, t: event.t + ms } : event));
};

export const leaderLost: Recorded = {
  name: "leader-lost",
  file: new URL("leader-lost.ndjson.gz", import.meta.url),
  rules: ["RAFT-04"],
  lies: [
    {
      rule: "RAFT-04",
      id: "raft-04-late-election",
      doctored: "the election took forty seconds longer",
      tell: (events) => longer(events, 40_000),
      outcome: "fail",
      says: "an answered request on a survivor within",
    },
    {
      rule: "RAFT-04",
      id: "raft-04-slow-after-election",
      doctored: "a write made after the election was answered only thirty seconds later",
      tell: (events) => {
        const write = exchangesOf(events).filter(after(events)).findLast(isCreate);
        if (write === undefined) throw new Error("no write after the election in the recording");
        const { end } = write;
        return events.map((event) => (event.seq >= end.seq ? { ...event, t: event.t + 30_000 } : event));
      },
      outcome: "fail",
      says: "requests made after the election answered within",
    },
    {
      rule: "RAFT-04",
      doctored: "the loss of the leader could not be proved",
      tell: (events) => unproved(events),
      outcome: "inconclusive",
      says: "the leader's loss was not proved",
    },
    {
      rule: "RAFT-04",
      doctored: "the election took forty seconds longer while an observer stalled for eleven",
      tell: (events) => longer(events, 40_000).map((event) => (event.kind === "stall" ? { ...event, ms: 11_000 } : event)),
      outcome: "inconclusive",
      says: "stalled for 11000 ms",
    },
    {
      rule: "RAFT-04",
      doctored: "only one survivor ever answered",
      tell: (events) => {
        const from = timeOf(events, { fault: "fault-installed" });
        const spared = exchangesOf(events).find(after(events))?.invoke.node;
        return unsent(events, ({ invoke, end }) => invoke.t > from && invoke.node !== spared && end.kind === "ok");
      },
      outcome: "inconclusive",
      says: "survivorsAnswered was 1",
    },
    {
      rule: "RAFT-04",
      doctored: "nothing was asked after the election",
      tell: (events) => unsent(events, after(events)),
      outcome: "inconclusive",
      says: "writesAfterElection was",
    },
  ],
};
