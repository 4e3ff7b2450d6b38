/** RAFT-05 on real Docker 20.10: the leader of three cut off for half a minute, and lies about it. */
import { answer, isCreate, isList, nameOf, pick, reshow, rows, timeOf, unproved, unsent } from "../../../harness/checker/testing/lie.ts";
import type { Events, Exchange } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const lone = (exchange: Exchange): boolean => isCreate(exchange) && nameOf(exchange).startsWith("lone-");
const cutEnd = (events: Events): number => timeOf(events, { fault: "heal-start" });
const lateReads = (events: Events): ((exchange: Exchange) => boolean) => {
  const cutOff = pick(events, "write to the old leader", lone).invoke.node;
  const since = timeOf(events, { fault: "fault-installed" }) + 25_000;
  return ({ invoke, end }) => invoke.node === cutOff && invoke.request.method === "GET" && invoke.t > since && end.t < cutEnd(events);
};
const majority = (events: Events): ((exchange: Exchange) => boolean) => {
  const since = timeOf(events, { fault: "fault-installed" });
  return (exchange) => isCreate(exchange) && nameOf(exchange).startsWith("majority-") && exchange.invoke.t > since;
};

export const leaderCut: Recorded = {
  name: "leader-cut",
  file: new URL("leader-cut.ndjson.gz", import.meta.url),
  rules: ["RAFT-05"],
  lies: [
    {
      rule: "RAFT-05",
      id: "raft-05-cut-off-leader-acknowledges",
      doctored: "a create sent to the cut-off leader is answered 201 inside the cut",
      tell: (events) => answer(events, pick(events, "write to the old leader", lone), 201, { id: "doctored" }),
      outcome: "fail",
      says: "no write acknowledged by",
    },
    {
      rule: "RAFT-05",
      id: "raft-05-no-step-down",
      doctored: "the cut-off leader still answers a read when it must have stepped down",
      tell: (events) => answer(events, pick(events, "late read", lateReads(events)), 200, []),
      outcome: "fail",
      says: "stepped down and answers no reads",
    },
    {
      rule: "RAFT-05",
      id: "raft-05-views-differ-after-heal",
      doctored: "the managers agree on a leader only a hundred seconds after the heal",
      tell: (events) => {
        const healed = timeOf(events, { fault: "fault-removed" });
        return events.map((event) => (event.t > healed ? { ...event, t: event.t + 100_000 } : event));
      },
      outcome: "fail",
      says: "all managers name the same leader within",
    },
    {
      rule: "RAFT-05",
      id: "raft-05-majority-silent",
      doctored: "no write on the majority side was acknowledged until fifty seconds after the cut began",
      tell: (events) => {
        const since = timeOf(events, { fault: "fault-installed" });
        return events.map((event) => (event.t > since + 8000 ? { ...event, t: event.t + 42_000 } : event));
      },
      outcome: "fail",
      says: "a write acknowledged on the majority side within",
    },
    {
      rule: "RAFT-05",
      doctored: "the cut could not be proved",
      tell: (events) => unproved(events),
      outcome: "inconclusive",
      says: "no proved cut",
    },
    {
      rule: "RAFT-05",
      doctored: "nothing was written on the majority side during the cut",
      tell: (events) => unsent(events, majority(events)),
      outcome: "inconclusive",
      says: "majorityWrites was 0",
    },
    {
      rule: "RAFT-05",
      doctored: "the old leader was not read after it must have stepped down",
      tell: (events) => unsent(events, lateReads(events)),
      outcome: "inconclusive",
      says: "readsAfterStepDown was",
    },
    {
      rule: "RAFT-05",
      doctored: "before the cut every manager named another leader than the one cut off",
      tell: (events) => {
        const before = timeOf(events, { fault: "fault-installed" });
        const lists = (exchange: Exchange): boolean => isList(exchange, "/nodes") && exchange.end.t < before;
        const last = pick(events, "list before the cut", lists);
        return reshow(events, last, (view) =>
          rows(view).map((node) => ({
            ...node,
            leader: node["role"] === "manager" && node["leader"] !== true && node["hostname"] === "m3",
          })),
        );
      },
      outcome: "inconclusive",
      says: "was not the leader seen before",
    },
  ],
};
