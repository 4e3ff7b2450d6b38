/**
 * NODE-03: a node is down three heartbeat periods after its last heartbeat, not at once when its connection closes;
 * one whose engine was away for a moment never is (rulebook NODE-03; SwarmKit dispatcher, heartbeat grace).
 *
 * The death lies between the fault's beginning and its proof, the turn to `down` between two answers; only what is
 * surely too early or surely too late is a finding.
 */
import type { AttemptHistory } from "../../history/attempt.ts";
import type { Checker, Finding } from "../checker.ts";
import { eventually, nodeSamples, seconds } from "../samples.ts";
import { lossOf, nodeNamed, seenDown } from "./node-shared.ts";

export const node03: Checker = ({ history, bounds }) => {
  const { downMin = 0, downMax = 0, shortOutage = 0 } = bounds;
  const lost = lostNode(history, downMin, downMax);
  const brief = briefOutages(history, shortOutage, downMax);
  return {
    findings: [...lost.findings, ...brief.findings],
    exposure: { outages: lost.nodesLost + brief.shortOutages },
    missing: brief.missing,
  };
};

function lostNode(history: AttemptHistory, downMin: number, downMax: number): { findings: Finding[]; nodesLost: number } {
  const findings: Finding[] = [];
  const loss = lossOf(history, "power-off");
  if (loss === undefined) return { findings, nodesLost: 0 };
  const { span, node } = loss;
  const samples = nodeSamples(history, node.id);
  const turn = eventually(samples, span.provedAt, downMax, (view) => view.state === "down");
  if (turn.kind === "late") {
    findings.push({
      expected: `${node.name} is down at most ${seconds(downMax)} after it was lost`,
      observed: `${node.name} still ${turn.sample.view.state} ${seconds(turn.sample.from - span.provedAt)} after its loss was proved`,
      t: turn.sample.to,
      seq: turn.sample.seq,
      boundMs: downMax,
    });
  }
  const down = seenDown(history, node.id, span);
  if (down !== undefined && down.first.to - span.startedAt < downMin) {
    findings.push({
      expected: `${node.name} is not down before ${seconds(downMin)}: three heartbeat periods from its last heartbeat`,
      observed: `${node.name} down ${seconds(down.first.to - span.startedAt)} after the loss began`,
      t: down.first.to,
      seq: down.first.seq,
    });
  }
  if (down !== undefined && !down.first.view.message.includes("heartbeat failure")) {
    findings.push({
      expected: "the message of a node that is down says `heartbeat failure`",
      observed: `${node.name} is down with message ${JSON.stringify(down.first.view.message)}`,
      t: down.first.to,
      seq: down.first.seq,
    });
  }
  return { findings, nodesLost: down === undefined && turn.kind === "unseen" ? 0 : 1 };
}

/** Engines that were killed and back before their grace could have run out, watched until it would have. */
function briefOutages(
  history: AttemptHistory,
  shortOutage: number,
  downMax: number,
): { findings: Finding[]; shortOutages: number; missing: string[] } {
  const findings: Finding[] = [];
  const missing: string[] = [];
  let shortOutages = 0;
  for (const span of history.faults) {
    if (span.kind !== "kill") continue;
    const node = nodeNamed(history, span.nodes[0] ?? "");
    if (node === undefined || span.provedAt === undefined || span.removedAt === undefined) {
      missing.push("an engine was not proved killed and back");
      continue;
    }
    const away = span.removedAt - span.startedAt;
    if (away > shortOutage) {
      missing.push(`the engine of ${node.name} was away for ${seconds(away)}; at most ${seconds(shortOutage)} says something`);
      continue;
    }
    const samples = nodeSamples(history, node.id).filter((sample) => sample.from >= span.startedAt);
    const down = samples.find((sample) => sample.view.state === "down");
    if (down !== undefined) {
      findings.push({
        expected: `${node.name} never down: its engine was back after ${seconds(away)}`,
        observed: `${node.name} down ${seconds(down.to - span.startedAt)} after its engine was killed`,
        t: down.to,
        seq: down.seq,
      });
    }
    const watchedTo = samples.at(-1)?.from ?? span.startedAt;
    if (watchedTo - span.startedAt >= downMax || down !== undefined) shortOutages += 1;
  }
  return { findings, shortOutages, missing };
}
