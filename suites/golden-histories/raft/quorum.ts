/** RAFT-03, 06 and 08 on real Docker 20.10: the quorum of three managers lost and regained, and lies about it. */
import {
  answer,
  isCreate,
  isList,
  nameOf,
  pick,
  replace,
  reshow,
  rows,
  timeOf,
  unproved,
  unsent,
} from "../../../harness/checker/testing/lie.ts";
import type { Events, Exchange, Lie } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

/** The fault that took the quorum is the second. */
const second = 1;
const lostAt = (events: Events): number => timeOf(events, { fault: "fault-installed", index: second });
const backAt = (events: Events): number => timeOf(events, { fault: "heal-start" });
const during =
  (events: Events, wanted: (exchange: Exchange) => boolean) =>
  (exchange: Exchange): boolean =>
    exchange.invoke.t >= lostAt(events) && exchange.end.t < backAt(events) && wanted(exchange);

const parked = (exchange: Exchange): boolean => isCreate(exchange) && nameOf(exchange).startsWith("parked-");
const controlRead = ({ invoke }: Exchange): boolean => invoke.request.path === "/nodes" || invoke.request.path === "/services";

/** Everything after `t` happens later. */
const later = (events: Events, t: number, ms: number): Events =>
  events.map((event) => (event.t > t ? { ...event, t: event.t + ms } : event));

function lies(variant: "crash" | "partition"): readonly Lie[] {
  return [
    {
      rule: `RAFT-03/${variant}`,
      id: `raft-03-acknowledged-without-quorum-${variant}`,
      doctored: "a create parked without a quorum is answered 201",
      tell: (events) => answer(events, pick(events, "parked create", during(events, parked)), 201, { id: "doctored" }),
      outcome: "fail",
      says: "which reached no majority of 3 managers",
    },
    {
      rule: `RAFT-03/${variant}`,
      id: `raft-03-majority-silent-${variant}`,
      doctored: "with one manager lost no write was acknowledged for fifty seconds",
      tell: (events) => later(events, timeOf(events, { fault: "fault-installed" }) + 2500, 50_000),
      outcome: "fail",
      says: "it was part of a majority all the time",
    },
    {
      rule: `RAFT-03/${variant}`,
      doctored: "the loss of the second manager could not be proved",
      tell: (events) => unproved(events, second),
      outcome: "inconclusive",
      says: "was indeterminate: doctored",
    },
    {
      rule: `RAFT-06/${variant}`,
      id: `raft-06-acknowledged-without-quorum-${variant}`,
      doctored: "a create parked without a quorum is answered 201",
      tell: (events) => answer(events, pick(events, "parked create", during(events, parked)), 201, { id: "doctored" }),
      outcome: "fail",
      says: "no write acknowledged: the quorum was lost",
    },
    {
      rule: `RAFT-06/${variant}`,
      id: `raft-06-reads-without-quorum-${variant}`,
      doctored: "the last control read without a quorum is answered 200",
      tell: (events) => answer(events, pick(events, "control read", during(events, controlRead)), 200, []),
      outcome: "fail",
      says: "no control read answered",
    },
    {
      rule: `RAFT-06/${variant}`,
      id: `raft-06-hangs-instead-of-refusing-${variant}`,
      doctored: "the last control read without a quorum hangs for six seconds before it is refused",
      tell: (events) => {
        const { end } = pick(events, "control read", during(events, controlRead));
        return events.map((event) => (event.seq >= end.seq ? { ...event, t: event.t + 6000 } : event));
      },
      outcome: "fail",
      says: "requests refused at once",
    },
    {
      rule: `RAFT-06/${variant}`,
      id: `raft-06-own-containers-not-listed-${variant}`,
      doctored: "the engine did not even list its own containers",
      tell: (events) => {
        const { end } = pick(
          events,
          "list of containers",
          during(events, ({ invoke }) => invoke.request.path === "/containers/json"),
        );
        const { seq, t, attempt, proc, op } = end;
        return replace(events, { seq, t, attempt, proc, op, kind: "fail", status: 500, error: "doctored" });
      },
      outcome: "fail",
      says: "answered by the engine itself",
    },
    {
      rule: `RAFT-06/${variant}`,
      doctored: "the loss of the second manager could not be proved",
      tell: (events) => unproved(events, second),
      outcome: "inconclusive",
      says: "no proved loss of the quorum",
    },
    {
      rule: `RAFT-08/${variant}`,
      id: `raft-08-acknowledged-service-missing-${variant}`,
      doctored: "after the quorum's return one list lacks a service acknowledged before",
      tell: (events) => {
        const audit = timeOf(events, { mark: "audit" });
        const list = pick(events, "list at the audit", (exchange) => isList(exchange, "/services") && exchange.invoke.t >= audit);
        return reshow(events, list, (view) => rows(view).filter((row) => row["name"] !== "whole-1"));
      },
      outcome: "fail",
      says: "service whole-1, acknowledged by",
    },
    {
      rule: `RAFT-08/${variant}`,
      id: `raft-08-late-return-${variant}`,
      doctored: "the first write after the return was acknowledged a hundred seconds later",
      tell: (events) => later(events, timeOf(events, { fault: "fault-removed" }), 100_000),
      outcome: "fail",
      says: "of the quorum's return",
    },
    {
      rule: `RAFT-08/${variant}`,
      id: `raft-08-not-repaired-${variant}`,
      doctored: "the damaged service was whole only seventy seconds after the return",
      tell: (events) => later(events, timeOf(events, { mark: "audit" }), 70_000),
      outcome: "fail",
      says: "damaged without a quorum, whole within",
    },
    {
      rule: `RAFT-08/${variant}`,
      doctored: "nobody listed the tasks after the return",
      tell: (events) => unsent(events, (exchange) => isList(exchange, "/tasks") && exchange.invoke.t > backAt(events)),
      outcome: "inconclusive",
      says: "repairs was 0",
    },
    {
      rule: `RAFT-08/${variant}`,
      doctored: "the return of the second manager could not be proved",
      tell: (events) => {
        const removed = events.find((event) => event.kind === "fault-removed");
        return removed === undefined ? events : replace(events, { ...removed, state: "indeterminate", why: "doctored" });
      },
      outcome: "inconclusive",
      says: "was not proved",
    },
  ];
}

export const quorumRecordings: readonly Recorded[] = (["crash", "partition"] as const).map((variant) => ({
  name: `quorum-3-${variant}`,
  file: new URL(`quorum-3-${variant}.ndjson.gz`, import.meta.url),
  rules: [`RAFT-03/${variant}`, `RAFT-06/${variant}`, `RAFT-08/${variant}`],
  lies: lies(variant),
}));
