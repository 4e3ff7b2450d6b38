/** INV-01 on real Docker 20.10: a write loop through a cut and a killed leader, and lies about it. */
import { exchangesOf, isCreate, isList, pick, reshow, rows, timeOf, unproved, unsent } from "../../../harness/checker/testing/lie.ts";
import type { Events, Exchange } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const final = (events: Events, node: string): Exchange =>
  pick(events, `final list of ${node}`, (exchange) => exchange.invoke.node === node && isList(exchange, "/services"));
const isRemoval = ({ invoke, end }: Exchange): boolean => invoke.request.method === "DELETE" && end.kind === "ok";
const isUpdate = ({ invoke, end }: Exchange): boolean => /\/services\/[^/]+\/update/.test(invoke.request.path) && end.kind === "ok";
const idIn = ({ invoke }: Exchange): string => invoke.request.path.split("?")[0]?.split("/")[2] ?? "";

export const acknowledgedWrites: Recorded = {
  name: "acknowledged-writes",
  file: new URL("acknowledged-writes.ndjson.gz", import.meta.url),
  rules: ["INV-01"],
  lies: [
    {
      rule: "INV-01",
      id: "inv-01-create-lost",
      doctored: "the final list of m2 lacks the service created last of all",
      tell: (events) => {
        const present = new Set(rowsOf(final(events, "m2")).map((row) => row["id"]));
        const last = pick(
          events,
          "create that is still listed",
          (exchange) => isCreate(exchange) && exchange.end.kind === "ok" && present.has(idOf(exchange)),
        );
        return reshow(events, final(events, "m2"), (view) => rows(view).filter((row) => row["id"] !== idOf(last)));
      },
      outcome: "fail",
      says: "it is missing in the list m2 gave",
    },
    {
      rule: "INV-01",
      id: "inv-01-removal-undone",
      doctored: "a service whose removal was acknowledged is in the final list of m1 again",
      tell: (events) => {
        const removed = pick(events, "acknowledged removal", isRemoval);
        return reshow(events, final(events, "m1"), (view) => [...rows(view), { ...rows(view)[0], id: idIn(removed), name: "risen" }]);
      },
      outcome: "fail",
      says: "it is there again in the list m1 gave",
    },
    {
      rule: "INV-01",
      id: "inv-01-update-undone",
      doctored: "the final list of m3 shows a register with the value of its first update, although later ones were acknowledged",
      tell: (events) => {
        const updates = exchangesOf(events).filter(isUpdate);
        const first = updates.find((update) => updates.some((later) => later !== update && idIn(later) === idIn(update)));
        if (first === undefined) throw new Error("no register was overwritten twice");
        return reshow(events, final(events, "m3"), (view) =>
          rows(view).map((row) => (row["id"] === idIn(first) ? { ...row, labels: labelsOf(first) } : row)),
        );
      },
      outcome: "fail",
      says: "not older than",
    },
    {
      rule: "INV-01",
      doctored: "m3 was not read at the end",
      tell: (events) =>
        unsent(events, (exchange) => exchange.invoke.node === "m3" && exchange.invoke.t > timeOf(events, { mark: "audit" })),
      outcome: "inconclusive",
      says: "no list of services from m3",
    },
    {
      rule: "INV-01",
      doctored: "the cut could not be proved",
      tell: (events) => unproved(events),
      outcome: "inconclusive",
      says: "was indeterminate",
    },
    {
      rule: "INV-01",
      doctored: "nothing was created while a fault was in force",
      tell: (events) => {
        const edges = [0, 1].map(
          (index) => [timeOf(events, { fault: "fault-installed", index }), timeOf(events, { fault: "heal-start", index })] as const,
        );
        return unsent(
          events,
          (exchange) => isCreate(exchange) && edges.some(([from, to]) => exchange.invoke.t > from && exchange.invoke.t < to),
        );
      },
      outcome: "inconclusive",
      says: "acknowledgedUnderFault was",
    },
  ],
};

const rowsOf = ({ end }: Exchange): readonly Record<string, unknown>[] => (end.kind === "ok" ? rows(end.view) : []);

function idOf({ end }: Exchange): string {
  const view: unknown = end.kind === "ok" ? end.view : undefined;
  return typeof view === "object" && view !== null && "id" in view ? String(view.id) : "";
}

function labelsOf({ invoke }: Exchange): unknown {
  const { body } = invoke.request;
  return typeof body === "object" && body !== null && "Labels" in body ? body.Labels : {};
}
