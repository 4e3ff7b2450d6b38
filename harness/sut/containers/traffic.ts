/**
 * Where the swarm's own connections must run: what the proof of a link fault expects of the DNAT counters before it
 * believes that a link is steered. Pure. Roles are those at the start; counters only grow, so a demoted manager's hold.
 */
import type { TrafficExpectation } from "../../links/links.ts";

export function expectedTraffic(
  nodes: readonly { readonly name: string; readonly role: "manager" | "worker" }[],
): readonly TrafficExpectation[] {
  const managers = nodes.filter((node) => node.role === "manager").map((node) => node.name);
  return nodes.flatMap(({ name }) => {
    // Raft peers dial one another; a worker's dispatcher session is with any one manager.
    const anyOf = managers.filter((manager) => manager !== name);
    return anyOf.length === 0 ? [] : [{ from: name, port: 2377 as const, anyOf }];
  });
}
