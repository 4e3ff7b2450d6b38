/**
 * How a suite declares a scenario: which rules it puts at stake, on what cluster, and the script that does it.
 * The script only drives and marks; verdicts are drawn from the history by the checkers of the rules named.
 *
 * A scenario is one Vitest test. It asks the gate process for the plan and a cluster, runs the script in a live world,
 * has the gate judge what was recorded and passes or fails as judged. Only inconclusive and erroneous attempts are
 * repeated; a failing one never is.
 */
import { messageOf } from "../error-text.ts";
import { AssertionError } from "node:assert";
import { setTimeout as timer } from "node:timers/promises";
import { test } from "vitest";
import type { Exchange } from "../client/exchange.ts";
import { undiciExchange } from "../client/undici-exchange.ts";
import type { Judgement } from "../checker/checker.ts";
import type { AttemptContext } from "../history/attempt.ts";
import { ControlClient, controlVariable } from "../run/control-client.ts";
import type { Lease, Plan } from "../run/control.ts";
import type { ClusterShape } from "../sut/sut.ts";
import { liveWorld } from "./live.ts";
import type { LiveWorld } from "./live.ts";
import { runScript } from "./run-script.ts";
import type { World } from "./world.ts";

export interface Scenario {
  /** Unique over all suites; kebab case. Named in the catalogue under the rules it serves. */
  readonly name: string;
  /** `RULE` or `RULE/variant`. */
  readonly rules: readonly string[];
  readonly shape: ClusterShape;
  /** Wants a cluster nobody has used. */
  readonly fresh?: boolean;
  /** Leaves the cluster unfit for others. */
  readonly wrecks?: boolean;
  /** Milliseconds for one attempt, cluster start excluded. */
  readonly limitMs: number;
  readonly script: (world: World) => Promise<void>;
}

/** Registers the scenario; without a gate process, or when the run did not select its rules, it is skipped with a code. */
export function scenario(declared: Scenario): void {
  test(declared.name, async ({ skip }) => {
    const path = process.env[controlVariable];
    skip(path === undefined, "environment: scenarios are run by ./swarmproof gate");
    await using client = await ControlClient.connect(path ?? "");
    const plan = await client.ask({ ask: "plan" });
    const rules = selectedRules(declared.rules, plan);
    skip(rules.length === 0, `deselected: none of ${declared.rules.join(", ")} was selected`);
    throwUnlessPassed(await runAttempts(client, plan, { ...declared, rules }));
  });
}

/** The rules among `rules` that this run wants judged. */
export function selectedRules(rules: readonly string[], plan: Plan): readonly string[] {
  return rules.filter((rule) => plan.selected.includes(rule));
}

/** What an attempt came to. */
export interface AttemptResult {
  /** `<scenario>#<number>`. */
  readonly attempt: string;
  readonly judgements: readonly Judgement[];
}

/** Repeats until every rule has a conclusive outcome, a rule failed, or the plan's attempts are used up. */
export async function runAttempts(client: ControlClient, plan: Plan, declared: Scenario): Promise<readonly AttemptResult[]> {
  const results: AttemptResult[] = [];
  const open = new Set(declared.rules);
  for (let number = 1; number <= plan.attemptsMax; number += 1) {
    const result = await runAttempt({ client, plan, declared, number });
    results.push(result);
    if (result.judgements.some((judgement) => judgement.outcome === "fail")) break;
    for (const judgement of result.judgements) if (judgement.outcome === "pass") open.delete(judgement.rule);
    if (open.size === 0) break;
  }
  return results;
}

export interface AttemptWish {
  readonly client: Pick<ControlClient, "ask" | "record"> & Partial<Pick<ControlClient, "gone">>;
  readonly plan: Plan;
  /** Its `rules` are those to be judged. */
  readonly declared: Scenario;
  /** From 1; part of the attempt's name and of its seed. */
  readonly number: number;
  /** For self-tests; by default calls go through the cluster's gateway. */
  readonly exchangeFor?: (lease: Lease) => Exchange & Partial<AsyncDisposable>;
}

/** How long a script past its limit may take to notice; then it hangs outside the world and is given up. */
const graceMs = 60_000;

/** One attempt from lease to judgement. Never throws for what the target does, nor for a cluster that did not start. */
export async function runAttempt({ client, plan, declared, number, exchangeFor = throughGateway }: AttemptWish): Promise<AttemptResult> {
  const { name, rules, shape } = declared;
  const attempt = `${name}#${number}`;
  let lease: Lease;
  try {
    lease = await client.ask({ ask: "lease", scenario: name, shape, fresh: declared.fresh ?? false });
  } catch (error) {
    return {
      attempt,
      judgements: rules.map((rule) => ({ rule, outcome: "error", findings: [], exposure: {}, reasons: [messageOf(error)] })),
    };
  }
  let exchange: ReturnType<typeof exchangeFor> | undefined;
  let hung = false;
  try {
    exchange = exchangeFor(lease);
    const seed = `${plan.seed}/${attempt}`;
    const live = liveWorld({ lease, plan, exchange, record: client.record, rpc: client.ask, attempt, seed });
    const nodes = lease.nodes.map(({ name: node, role, id }) => ({ name: node, role, id }));
    const context: AttemptContext = { scenario: name, rules, shape: lease.shape, nodes, facts: lease.facts, seed };
    live.recorder.write({ kind: "attempt-start", context }, "main");
    hung = await hangs(live, declared, client.gone);
    live.recordStall();
    const judgements = await client.ask({ ask: "judge", lease: lease.lease, attempt, rules });
    return { attempt, judgements };
  } finally {
    try {
      await exchange?.[Symbol.asyncDispose]?.();
    } finally {
      await client.ask({ ask: "release", lease: lease.lease, wrecked: hung || declared.wrecks === true });
    }
  }
}

/**
 * Runs the script; true when it neither ended nor listened to its limit, in which case its end is recorded here. Throws
 * when the gate goes meanwhile: nobody would judge what comes after.
 */
async function hangs(live: LiveWorld, { script, limitMs }: Scenario, gone?: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const signal = gone === undefined ? over.signal : AbortSignal.any([over.signal, gone]);
  const watch = timer(limitMs + graceMs, true, { signal }).catch(() => false);
  const hung = await Promise.race([runScript(live, script, limitMs).then(() => false), watch]);
  over.abort();
  gone?.throwIfAborted();
  if (hung) {
    const error = `the script hangs outside the world: ${graceMs} ms past its limit of ${limitMs} ms it has not ended`;
    live.recorder.write({ kind: "attempt-end", script: "harness-error", error }, "main");
  }
  return hung;
}

/** Ends the Vitest test as judged: an `AssertionError` is the target's, any other error is ours or in doubt. */
export function throwUnlessPassed(attempts: readonly AttemptResult[]): void {
  const failed = attempts.flatMap((result) => result.judgements).filter((judgement) => judgement.outcome === "fail");
  const finding = failed[0]?.findings[0];
  if (failed.length > 0) {
    throw new AssertionError({
      message: failed
        .map((judgement) => `${judgement.rule}: expected ${judgement.findings[0]?.expected}; seen ${judgement.findings[0]?.observed}`)
        .join("\n"),
      expected: finding?.expected,
      actual: finding?.observed,
    });
  }
  const best = new Map<string, Judgement>();
  for (const judgement of attempts.flatMap((result) => result.judgements)) {
    if (best.get(judgement.rule)?.outcome !== "pass") best.set(judgement.rule, judgement);
  }
  const undecided = [...best.values()].filter((judgement) => judgement.outcome !== "pass");
  if (undecided.length > 0) {
    throw new Error(undecided.map((judgement) => `${judgement.rule} is ${judgement.outcome}: ${judgement.reasons.join("; ")}`).join("\n"));
  }
}

function throughGateway(lease: Lease): Exchange & AsyncDisposable {
  return undiciExchange(lease.nodes, lease.access);
}
