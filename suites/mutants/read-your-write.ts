/**
 * Read-your-write through one node, the half of RAFT-10 that the liar is held to: a service whose creation a node has
 * acknowledged is in every list that this node is asked for afterwards, until somebody asks for its removal.
 */
import type { Checker } from "../../harness/checker/checker.ts";
import { serviceWrites, snapshotsOf } from "../../harness/invariant/readings.ts";

export const readYourWrite: Checker = ({ history }) => {
  const writes = serviceWrites(history);
  const created = writes.filter(({ kind, id, op }) => kind === "create" && op.result === "ok" && id !== undefined);
  const lists = snapshotsOf(history, "GET /services");
  const pairs = created.flatMap(({ id, name, op }) => {
    const removed = writes.find((other) => other.kind === "remove" && other.id === id)?.op.invokedAt ?? Infinity;
    const later = lists.filter((list) => list.node === op.node && list.from > (op.endedAt ?? Infinity) && list.to < removed);
    return later.map((list) => ({ id, name, op, list }));
  });
  const missed = pairs.filter(({ id, list }) => !list.items.some((service) => service.id === id));
  return {
    findings: missed.map(({ name, op, list }) => ({
      expected: `service ${name ?? ""}, acknowledged by ${op.node}, in the lists it gives afterwards`,
      observed: `a list of ${list.items.length} services without it`,
      t: list.to,
      seq: list.op.seq,
    })),
    exposure: { pairs: pairs.length },
  };
};
