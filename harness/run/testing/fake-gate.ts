/**
 * A whole gate process around the fake provider, in this process, with a real journal and a real control socket.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Checker } from "../../checker/checker.ts";
import type { HistoryEvent } from "../../history/event.ts";
import { Journal, readJournal } from "../../history/journal.ts";
import { observerClock } from "../../world/live.ts";
import type { Rule } from "../catalogue.ts";
import type { Plan } from "../control.ts";
import { ControlClient } from "../control-client.ts";
import { serveControl } from "../control-server.ts";
import { Session } from "../session.ts";
import type { JudgedAttempt } from "../session.ts";
import { FakeProvider } from "./fake-provider.ts";

export const fakeRule: Rule = {
  id: "RAFT-05",
  title: "a majority is needed to write",
  statement: "Without a majority of managers no write is acknowledged.",
  level: "MUST",
  kind: "safety",
  source: ["Raft §5.4"],
  profiles: ["core"],
  arms: "both",
  capabilities: [],
  suites: ["consensus/raft-05.test.ts"],
  scenarios: ["quorum-lost"],
  variants: {},
  exposure: {},
  bounds: {},
  inconclusive: "no traffic",
  mutants: [],
  status: "scored",
};

export interface FakeGate extends AsyncDisposable {
  readonly plan: Plan;
  readonly provider: FakeProvider;
  readonly session: Session;
  readonly directory: string;
  readonly judged: JudgedAttempt[];
  connect(): Promise<ControlClient>;
  events(): readonly HistoryEvent[];
}

export interface FakeGateWish {
  readonly checker?: Checker;
  readonly rules?: readonly Rule[];
  readonly jobs?: number;
  readonly keep?: boolean;
  readonly lookMsMax?: number;
}

export const passing: Checker = () => ({ findings: [], exposure: {} });
export const failing: Checker = () => ({ findings: [{ expected: "no write", observed: "a write" }], exposure: {} });

export async function fakeGate(wish: FakeGateWish = {}): Promise<FakeGate> {
  const directory = mkdtempSync(join(tmpdir(), "gate-"));
  const rules = wish.rules ?? [fakeRule];
  const plan: Plan = {
    arm: "containers",
    selected: rules.map((rule) => rule.id),
    seed: "7",
    originNs: String(process.hrtime.bigint()),
    attemptsMax: 3,
  };
  const journal = new Journal(join(directory, "events.jsonl"));
  const provider = new FakeProvider();
  const judged: FakeGate["judged"] = [];
  const session = new Session({
    plan,
    bench: { rules, checkers: new Map(rules.map((rule) => [rule.id, wish.checker ?? passing])) },
    journal,
    provider,
    jobs: wish.jobs ?? 1,
    keep: wish.keep ?? false,
    ...(wish.lookMsMax === undefined ? {} : { lookMsMax: wish.lookMsMax }),
    evidenceDirectory: join(directory, "evidence"),
    now: observerClock(plan.originNs),
    observer: { event: () => {}, busy: () => {}, judged: (one) => judged.push(one) },
  });
  const server = await serveControl(session);
  return {
    plan,
    provider,
    session,
    directory,
    judged,
    connect: () => ControlClient.connect(server.path),
    events: () => readJournal(journal.path).events,
    [Symbol.asyncDispose]: async () => {
      session.interrupt();
      await server.close();
      await session.close();
      journal.close();
    },
  };
}
