/** Sends the canaries a proof planned and brings answers and arrivals together, one cell per pair and protocol. */
import { randomBytes } from "node:crypto";
import type { CanaryDial, CanaryReply } from "./agent/protocol.ts";
import type { ExpectedCell } from "./expect.ts";
import type { LinkEnd } from "./pod.ts";

export interface SeenCell {
  readonly from: string;
  readonly to: string;
  readonly protocol: CanaryReply["protocol"];
  readonly replies: readonly CanaryReply[];
  /** How many of the nonces sent came to the peer. */
  readonly arrived: number;
}

export async function sendCanaries(ends: readonly LinkEnd[], cells: readonly ExpectedCell[]): Promise<readonly SeenCell[]> {
  const run = randomBytes(6).toString("hex");
  const addresses = new Map(ends.map((end) => [end.name, end.address]));
  const replies = await Promise.all(ends.map(async (end) => end.agent.canary(dialsOf(end.name, run, cells, addresses))));
  const arrivals = await Promise.all(ends.map(async (end) => [end.name, await end.agent.arrived(`${run}.`)] as const));
  const arrivedAt = new Map(arrivals.map(([name, list]) => [name, new Set(list.map((each) => `${each.protocol} ${each.nonce}`))]));
  const all = replies.flat();
  return cells.map(({ from, to, protocol }) => {
    const own = all.filter((reply) => reply.nonce.startsWith(noncePrefix(run, from, to)) && reply.protocol === protocol);
    const arrived = own.filter((reply) => arrivedAt.get(to)?.has(`${protocol} ${reply.nonce}`) === true).length;
    return { from, to, protocol, replies: own, arrived };
  });
}

function dialsOf(name: string, run: string, cells: readonly ExpectedCell[], addresses: ReadonlyMap<string, string>): readonly CanaryDial[] {
  return cells
    .filter((cell) => cell.from === name)
    .flatMap((cell) =>
      Array.from({ length: cell.samples }, (_, sample) => ({
        peer: cell.to,
        address: addresses.get(cell.to) ?? "",
        protocol: cell.protocol,
        nonce: `${noncePrefix(run, cell.from, cell.to)}${sample}`,
        limitMs: Math.ceil(cell.limitMs),
        paddingBytes: cell.paddingBytes,
        timeClose: cell.timeClose,
      })),
    );
}

function noncePrefix(run: string, from: string, to: string): string {
  return `${run}.${from}.${to}.`;
}
