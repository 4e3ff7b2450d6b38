/** INV-03 to INV-06 on real Docker 20.10: a storm watched through every manager, and lies about it. */
import { isList, nameOf, isCreate, pick, replace, reshow, rows, timeOf, unsent } from "../../../harness/checker/testing/lie.ts";
import type { Events, Exchange, Lie } from "../../../harness/checker/testing/lie.ts";
import { attemptOf } from "../../../harness/checker/testing/recording.ts";
import { readAttempt } from "../../../harness/history/attempt.ts";
import { faultsGoneAt } from "../../../harness/invariant/connectivity.ts";
import { agreedAt } from "../../../harness/invariant/leadership.ts";
import type { Recorded } from "../recorded.ts";

type Row = Record<string, unknown>;

const lastTasks = (events: Events, node: string): Exchange =>
  pick(events, `list of tasks of ${node}`, (exchange) => exchange.invoke.node === node && isList(exchange, "/tasks"));

/** The last list of tasks of a manager with its rows changed. */
const retell = (events: Events, node: string, change: (tasks: readonly Row[]) => readonly Row[]): Events =>
  reshow(events, lastTasks(events, node), (view) => change(rows(view)));

const serviceId = (events: Events, name: string): unknown => {
  const view: unknown = pick(
    events,
    `create of ${name}`,
    (exchange) => isCreate(exchange) && nameOf(exchange) === name && exchange.end.kind === "ok",
  ).end;
  return typeof view === "object" && view !== null && "view" in view ? (view.view as Row)["id"] : undefined;
};
const nodeId = (events: Events, name: string): string =>
  readAttempt(attemptOf(events), events).context.nodes.find((node) => node.name === name)?.id ?? "";
const runs = (row: Row): boolean => row["state"] === "running" && row["desired"] === "running";

/** The first row that fits is changed. */
function one(tasks: readonly Row[], wanted: (row: Row) => boolean, change: Row): readonly Row[] {
  const found = tasks.find(wanted);
  if (found === undefined) throw new Error("no such task in the list");
  return tasks.map((row) => (row === found ? { ...row, ...change } : row));
}

const of = (events: Events, name: string): ((row: Row) => boolean) => {
  const id = serviceId(events, name);
  return (row) => runs(row) && row["service"] === id;
};

const onlyM1 = (events: Events): Events =>
  unsent(events, ({ invoke }) => invoke.request.method === "GET" && invoke.node !== "m1" && invoke.t < timeOf(events, { mark: "audit" }));

const monotony: readonly Lie[] = [
  {
    rule: "INV-03",
    id: "inv-03-state-goes-back",
    doctored: "in the last list of m1 a running task is preparing again",
    tell: (events) => retell(events, "m1", (tasks) => one(tasks, runs, { state: "preparing" })),
    outcome: "fail",
    says: "at running or beyond",
  },
  {
    rule: "INV-03",
    id: "inv-03-terminal-state-left",
    doctored: "in the last list of m2 a task that was shut down runs again",
    tell: (events) => retell(events, "m2", (tasks) => one(tasks, (row) => row["state"] === "shutdown", { state: "running" })),
    outcome: "fail",
    says: "to stay shutdown",
  },
  {
    rule: "INV-03",
    id: "inv-03-version-goes-back",
    doctored: "in the last list of m3 a task is at its version before the last",
    tell: (events) => retell(events, "m3", (tasks) => one(tasks, runs, { version: 1 })),
    outcome: "fail",
    says: "observed version 1 through m3",
  },
  {
    rule: "INV-03",
    doctored: "only m1 was watched, and only every fourth time",
    tell: (events) => unsent(onlyM1(events), ({ invoke }) => invoke.request.method === "GET" && invoke.op % 4 !== 0),
    outcome: "inconclusive",
    says: "snapshots was",
  },
];

const convergence: readonly Lie[] = [
  {
    rule: "INV-04",
    id: "inv-04-replica-missing",
    doctored: "at the audit m2 lists one replica of web less",
    tell: (events) => retell(events, "m2", (tasks) => one(tasks, of(events, "web"), { state: "failed" })),
    outcome: "fail",
    says: "3 of 4 running through m2",
  },
  {
    rule: "INV-04",
    id: "inv-04-orphan-container",
    doctored: "at the audit a container of a task that nobody knows runs on w1",
    tell: (events) => {
      const list = pick(
        events,
        "list of containers of w1",
        (exchange) => exchange.invoke.node === "w1" && isList(exchange, "/containers/json"),
      );
      return reshow(events, list, (view) => [
        ...rows(view),
        { id: "c", name: "left-over", image: "", state: "running", task: "doctored", service: "doctored" },
      ]);
    },
    outcome: "fail",
    says: "left-over runs there",
  },
  {
    rule: "INV-04",
    id: "inv-04-late",
    doctored: "the services were whole only seventy seconds after faults were gone and all nodes ready",
    tell: (events) => {
      const history = readAttempt(attemptOf(events), events);
      const clock = agreedAt(history, faultsGoneAt(history), { ready: true }) ?? 0;
      return events.map((event) => (event.t > clock ? { ...event, t: event.t + 70_000 } : event));
    },
    outcome: "fail",
    says: "all replicated services whole within",
  },
  {
    rule: "INV-04",
    doctored: "the last fault could not be proved gone",
    tell: (events) => {
      const gone = events.findLast((event) => event.kind === "fault-removed");
      return gone === undefined ? events : replace(events, { ...gone, state: "indeterminate", why: "doctored" });
    },
    outcome: "inconclusive",
    says: "the clock never started",
  },
];

const slots: readonly Lie[] = [
  {
    rule: "INV-05",
    id: "inv-05-slot-held-twice",
    doctored: "in the settled swarm m1 lists a second wanted task in a slot of web",
    tell: (events) =>
      retell(events, "m1", (tasks) => [
        ...tasks,
        ...tasks
          .filter(of(events, "web"))
          .slice(0, 1)
          .map((row) => ({ ...row, id: "doctored", state: "pending" })),
      ]),
    outcome: "fail",
    says: "one wanted task in slot",
  },
  {
    rule: "INV-05",
    id: "inv-05-node-held-twice",
    doctored: "in the settled swarm m3 lists a second wanted task of the global service on a node",
    tell: (events) =>
      retell(events, "m3", (tasks) => [
        ...tasks,
        ...tasks
          .filter(of(events, "agent"))
          .slice(0, 1)
          .map((row) => ({ ...row, id: "doctored" })),
      ]),
    outcome: "fail",
    says: "one wanted task in node",
  },
  { rule: "INV-05", doctored: "only m1 was watched", tell: onlyM1, outcome: "inconclusive", says: "snapshots was" },
];

const placement: readonly Lie[] = [
  {
    rule: "INV-06",
    id: "inv-06-runs-on-drained",
    doctored: "at the audit a task of web runs on the drained worker",
    tell: (events) => retell(events, "m1", (tasks) => one(tasks, of(events, "web"), { node: nodeId(events, "w2") })),
    outcome: "fail",
    says: "no running task on drained w2",
  },
  {
    rule: "INV-06",
    id: "inv-06-constraint-broken",
    doctored: "at the audit a task of api runs on a manager",
    tell: (events) => retell(events, "m2", (tasks) => one(tasks, of(events, "api"), { node: nodeId(events, "m2") })),
    outcome: "fail",
    says: "api only where node.role==worker",
  },
  {
    rule: "INV-06",
    id: "inv-06-too-many-on-node",
    doctored: "at the audit both tasks of single run on m1",
    tell: (events) =>
      retell(events, "m3", (tasks) => tasks.map((row) => (of(events, "single")(row) ? { ...row, node: nodeId(events, "m1") } : row))),
    outcome: "fail",
    says: "at most 1 of single on a node",
  },
  {
    rule: "INV-06",
    id: "inv-06-reservation-exceeded",
    doctored: "at the audit both tasks of heavy, which each reserve more than half of a node, run on m2",
    tell: (events) =>
      retell(events, "m1", (tasks) => tasks.map((row) => (of(events, "heavy")(row) ? { ...row, node: nodeId(events, "m2") } : row))),
    outcome: "fail",
    says: "reservations of memory on m2",
  },
  {
    rule: "INV-06",
    doctored: "the worker was never drained",
    tell: (events) => unsent(events, ({ invoke }) => invoke.request.method === "POST" && invoke.request.path.startsWith("/nodes/")),
    outcome: "inconclusive",
    says: "drainedNodes was 0",
  },
];

export const storm: Recorded = {
  name: "storm",
  file: new URL("storm.ndjson.gz", import.meta.url),
  rules: ["INV-03", "INV-04", "INV-05", "INV-06"],
  lies: [...monotony, ...convergence, ...slots, ...placement],
};
