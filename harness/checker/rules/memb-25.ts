/**
 * MEMB-25: demoting the only manager is refused with 400 and leaves it a working manager.
 *
 * Rulebook MEMB-25, error table A3; recording 01.
 */
import { seconds } from "../samples.ts";
import { serviceWrites, snapshotsOf, record } from "../../invariant/readings.ts";
import type { Checker, Finding } from "../checker.ts";

const fragment = "attempting to demote the last manager of the swarm";

export const memb25: Checker = ({ history }) => {
  // One without an answer says nothing, neither for the target nor against it.
  const demotions = history.operations.filter(
    (op) =>
      op.method === "POST" && /^\/nodes\/[^/]+\/update/.test(op.path) && record(op.body)["Role"] === "worker" && op.status !== undefined,
  );
  const first = demotions[0]?.endedAt ?? Infinity;
  const wrong = demotions
    .filter((op) => op.status !== 400 || op.error?.includes(fragment) !== true)
    .map((op): Finding => ({
      expected: `400 with "${fragment}"`,
      observed: `${op.status ?? ""}${op.error === undefined ? "" : ` with "${op.error}"`}`,
      t: op.endedAt ?? op.invokedAt,
      seq: op.seq,
    }));
  const lists = snapshotsOf(history, "GET /nodes").filter((list) => list.from >= first);
  const demoted = lists.flatMap((list): readonly Finding[] => {
    const manager = list.items.find((node) => node.role === "manager" && node.leader);
    if (manager !== undefined) return [];
    return [
      {
        expected: "the node still a manager and the leader after the refusal",
        observed: `no such node in the list at ${seconds(list.to)}`,
        t: list.to,
        seq: list.op.seq,
      },
    ];
  });
  const writes = serviceWrites(history).filter((write) => write.op.invokedAt >= first);
  const failed = writes
    .filter((write) => write.op.result === "fail" || write.op.result === "info")
    .map(({ op }): Finding => ({
      expected: "writes go on after the refusal",
      observed: `${op.method} ${op.path}: ${op.error ?? op.result}`,
      t: op.endedAt ?? op.invokedAt,
      seq: op.seq,
    }));
  return {
    findings: [...wrong, ...demoted, ...failed],
    exposure: {
      demotions: demotions.length,
      listsAfter: lists.length,
      writesAfter: writes.filter((write) => write.op.result === "ok").length,
    },
    missing: history.context.shape.managers === 1 ? [] : [`${history.context.shape.managers} managers, not one`],
  };
};
