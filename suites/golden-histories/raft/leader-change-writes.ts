/** RAFT-11 on real Docker 20.10: clients that post until they know, under killed leaders, and lies about it. */
import { isCreate, isList, pick, reshow, rows, timeOf, unproved, unsent } from "../../../harness/checker/testing/lie.ts";
import type { Events, Exchange } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const final = (events: Events, node: string): Exchange =>
  pick(
    events,
    `final list of ${node}`,
    (exchange) => exchange.invoke.node === node && isList(exchange, "/services") && exchange.invoke.t >= timeOf(events, { mark: "audit" }),
  );

function idOf({ end }: Exchange): unknown {
  const view: unknown = end.kind === "ok" ? end.view : undefined;
  return typeof view === "object" && view !== null && "id" in view ? view.id : undefined;
}

export const leaderChangeWrites: Recorded = {
  name: "leader-change-writes",
  file: new URL("leader-change-writes.ndjson.gz", import.meta.url),
  rules: ["RAFT-11"],
  lies: [
    {
      rule: "RAFT-11",
      id: "raft-11-acknowledged-create-missing",
      doctored: "the final list of m2 lacks the last acknowledged create",
      tell: (events) => {
        const last = pick(events, "acknowledged create", (exchange) => isCreate(exchange) && exchange.end.kind === "ok");
        return reshow(events, final(events, "m2"), (view) => rows(view).filter((row) => row["id"] !== idOf(last)));
      },
      outcome: "fail",
      says: "it is missing there",
    },
    {
      rule: "RAFT-11",
      id: "raft-11-name-held-twice",
      doctored: "the final list of m1 holds one name twice, as if a request that failed had been committed beside its repetition",
      tell: (events) => reshow(events, final(events, "m1"), (view) => [...rows(view), { ...rows(view)[0], id: "twin" }]),
      outcome: "fail",
      says: "and twin in the list of m1",
    },
    {
      rule: "RAFT-11",
      doctored: "no create was left in doubt",
      tell: (events) => unsent(events, (exchange) => isCreate(exchange) && exchange.end.kind === "info"),
      outcome: "inconclusive",
      says: "caught was 0",
    },
    {
      rule: "RAFT-11",
      doctored: "the first killing of a leader could not be proved",
      tell: (events) => unproved(events),
      outcome: "inconclusive",
      says: "was indeterminate",
    },
  ],
};
