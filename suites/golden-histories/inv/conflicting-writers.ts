/** INV-02 on real Docker 20.10: the same names and versions written on both sides of a cut, and lies about it. */
import { answer, exchangesOf, isCreate, nameOf, timeOf, unproved, unsent } from "../../../harness/checker/testing/lie.ts";
import type { Events, Exchange } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const isUpdate = ({ invoke }: Exchange): boolean => /\/services\/[^/]+\/update/.test(invoke.request.path);
const inCut = (events: Events, exchange: Exchange): boolean =>
  exchange.invoke.t >= timeOf(events, { fault: "fault-installed" }) && exchange.end.t <= timeOf(events, { fault: "heal-start" });
const goal = (exchange: Exchange): string => (isCreate(exchange) ? nameOf(exchange) : exchange.invoke.request.path);

/** A failed write of the cut-off manager for which the majority acknowledged its rival. */
function loser(events: Events, kind: (exchange: Exchange) => boolean): Exchange {
  const all = exchangesOf(events).filter((exchange) => kind(exchange) && inCut(events, exchange));
  const won = new Set(all.filter(({ end }) => end.kind === "ok").map(goal));
  const found = all.find(
    (exchange) => exchange.end.kind === "info" && won.has(goal(exchange)) && exchange.invoke.proc.startsWith("cut-off"),
  );
  if (found === undefined) throw new Error("no failed write of the cut-off side with an acknowledged rival");
  return found;
}

export const conflictingWriters: Recorded = {
  name: "conflicting-writers",
  file: new URL("conflicting-writers.ndjson.gz", import.meta.url),
  rules: ["INV-02"],
  lies: [
    {
      rule: "INV-02",
      id: "inv-02-name-given-twice",
      doctored: "the cut-off leader too acknowledges a create whose name the majority gave away",
      tell: (events) => answer(events, loser(events, isCreate), 201, { id: "doctored" }),
      outcome: "fail",
      says: "at most one acknowledged write for the name contended-",
    },
    {
      rule: "INV-02",
      id: "inv-02-version-updated-twice",
      doctored: "the cut-off leader too acknowledges an update from a version the majority updated",
      tell: (events) => answer(events, loser(events, isUpdate), 200, {}),
      outcome: "fail",
      says: "at most one acknowledged write for version",
    },
    {
      rule: "INV-02",
      doctored: "the cut could not be proved",
      tell: (events) => unproved(events),
      outcome: "inconclusive",
      says: "no proved cut",
    },
    {
      rule: "INV-02",
      doctored: "no update was sent to the cut-off side",
      tell: (events) => unsent(events, (exchange) => isUpdate(exchange) && exchange.invoke.proc.startsWith("cut-off")),
      outcome: "inconclusive",
      says: "conflictingPairs was",
    },
  ],
};
