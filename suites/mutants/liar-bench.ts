/**
 * A gate process around real containers whose gateway lies: everything between the engine and the judgement is what
 * the gate runs, only the answers are changed on their way. For the liar's self-test.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import type { Judgement } from "../../harness/checker/checker.ts";
import { Journal } from "../../harness/history/journal.ts";
import { resolveAll } from "../../harness/images/images.ts";
import { inv01 } from "../../harness/invariant/inv-01.ts";
import { inv03 } from "../../harness/invariant/inv-03.ts";
import type { Lies, LiarState } from "../../harness/links/gateway/protocol.ts";
import { liarOf } from "../../harness/links/liar.ts";
import type { Rule } from "../../harness/run/catalogue.ts";
import { ControlClient } from "../../harness/run/control-client.ts";
import type { Plan } from "../../harness/run/control.ts";
import { serveControl } from "../../harness/run/control-server.ts";
import { Session } from "../../harness/run/session.ts";
import { containersProvider } from "../../harness/sut/containers/provider.ts";
import type { Sut, SutProvider } from "../../harness/sut/sut.ts";
import { DEFAULT_TARGET, loadTarget } from "../../harness/sut/target.ts";
import { observerClock } from "../../harness/world/live.ts";
import { runAttempt } from "../../harness/world/scenario.ts";
import type { Scenario } from "../../harness/world/scenario.ts";
import { readYourWrite } from "./read-your-write.ts";

/** Terms of this self-test, not of the catalogue: a run of seconds, so that a truthful one passes. */
const rule = (id: string, exposure: Readonly<Record<string, number>>): Rule => ({
  id,
  title: id,
  statement: "As in the rulebook.",
  level: "MUST",
  kind: "safety",
  source: ["rulebook"],
  profiles: ["core"],
  arms: "containers",
  capabilities: [],
  suites: ["mutants/selftest/liar.test.ts"],
  scenarios: ["liar"],
  variants: {},
  exposure,
  bounds: {},
  inconclusive: "too few writes or reads",
  mutants: [],
  status: "scored",
});
const rules = [rule("INV-01", { acknowledged: 3 }), rule("INV-03", { snapshots: 30, versionChanges: 3 }), rule("RAFT-10", { pairs: 3 })];
const checkers = new Map([
  ["INV-01", inv01],
  ["INV-03", inv03],
  ["RAFT-10", readYourWrite],
]);

export interface LiarRun {
  readonly judgements: readonly Judgement[];
  /** What the gateway really did. */
  readonly told: LiarState;
}

/** One attempt of `script` on a new manager alone, its gateway telling `lies` from the first call on. */
export async function attemptWithLies(lies: Lies, script: Scenario["script"]): Promise<LiarRun> {
  const directory = await mkdtemp(join(tmpdir(), "swarmproof-liar-"));
  const provider = await lyingProvider(lies);
  const plan: Plan = {
    arm: "containers",
    selected: rules.map(({ id }) => id),
    seed: "liar",
    originNs: String(process.hrtime.bigint()),
    attemptsMax: 1,
  };
  const journal = new Journal(join(directory, "events.jsonl"));
  const session = new Session({
    plan,
    bench: { rules, checkers },
    journal,
    provider,
    jobs: 1,
    keep: false,
    evidenceDirectory: join(directory, "evidence"),
    now: observerClock(plan.originNs),
    observer: { event: () => {}, busy: () => {}, judged: () => {} },
  });
  const server = await serveControl(session);
  const scenario = { name: "liar", rules: plan.selected, shape: { managers: 1, workers: 0 }, wrecks: true, limitMs: 120_000, script };
  let told: LiarState | undefined;
  try {
    await using client = await ControlClient.connect(server.path);
    const asking = {
      record: client.record,
      // The state of the liar is read before its gateway goes.
      ask: async (...[ask]: Parameters<ControlClient["ask"]>) => {
        if (ask.ask === "judge") told = await provider.told();
        return client.ask(ask);
      },
    } as Pick<ControlClient, "ask" | "record">;
    const { judgements } = await runAttempt({ client: asking, plan, declared: scenario, number: 1 });
    if (told === undefined) throw new Error(`the attempt was never judged: ${JSON.stringify(judgements)}`);
    return { judgements, told };
  } finally {
    await session.close();
    await server.close();
    journal.close();
    await provider.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function lyingProvider(lies: Lies): Promise<SutProvider & { told: () => Promise<LiarState> }> {
  const { images, workloadArchive } = await resolveAll({ docker: new Docker() });
  const { infra, gateway, "moby@20.10": node } = images;
  if (infra === undefined || gateway === undefined || node === undefined || workloadArchive === undefined) {
    throw new Error("an image of the lab is missing after all were resolved");
  }
  const target = loadTarget(DEFAULT_TARGET);
  const refs = { infra: infra.ref, gateway: gateway.ref, node: node.ref, workloadArchive };
  const provider = containersProvider({ target, images: refs, liarAllowed: true });
  let sut: Sut | undefined;
  const liar = () => liarOf(sut?.access.gateway ?? "");
  return {
    facts: provider.facts,
    start: async (shape, progress) => {
      sut = await provider.start(shape, progress);
      await liar().tell(lies);
      return sut;
    },
    sweep: () => provider.sweep(),
    close: () => provider.close(),
    told: () => liar().told(),
  };
}
