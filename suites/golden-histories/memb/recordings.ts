/** MEMB-25 on real Docker 20.10, one manager and one worker, and lies about it. */
import { answer, exchangesOf, isList, pick, replace, reshow, rows, unsent } from "../../../harness/checker/testing/lie.ts";
import type { Exchange } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const isDemotion = ({ invoke }: Exchange): boolean => invoke.request.method === "POST" && invoke.request.path.startsWith("/nodes/");

export const membershipRecordings: readonly Recorded[] = [
  {
    name: "last-manager",
    file: new URL("last-manager.ndjson.gz", import.meta.url),
    rules: ["MEMB-25"],
    lies: [
      {
        rule: "MEMB-25",
        id: "memb-25-demoted",
        doctored: "the last demotion is answered 200",
        tell: (events) => answer(events, pick(events, "demotion", isDemotion), 200, {}),
        outcome: "fail",
        says: "observed 200",
      },
      {
        rule: "MEMB-25",
        id: "memb-25-wrong-status",
        doctored: "the last demotion is refused with 500 instead of 400",
        tell: (events) => {
          const { end } = pick(events, "demotion", isDemotion);
          return end.kind === "fail" ? replace(events, { ...end, status: 500 }) : events;
        },
        outcome: "fail",
        says: "observed 500",
      },
      {
        rule: "MEMB-25",
        id: "memb-25-no-manager-left",
        doctored: "the last list of nodes shows the manager as a worker",
        tell: (events) =>
          reshow(
            events,
            pick(events, "list of nodes", (exchange) => isList(exchange, "/nodes")),
            (view) => rows(view).map((node) => ({ ...node, role: "worker", leader: false })),
          ),
        outcome: "fail",
        says: "no such node",
      },
      {
        rule: "MEMB-25",
        doctored: "only the first demotion was ever sent",
        tell: (events) => {
          const first = exchangesOf(events).find(isDemotion);
          return unsent(events, (exchange) => isDemotion(exchange) && exchange.invoke.op !== first?.invoke.op);
        },
        outcome: "inconclusive",
        says: "demotions was 1",
      },
    ],
  },
];
