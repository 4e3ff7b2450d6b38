/**
 * Recorders: one process per manager that lists tasks, and now and then services and nodes, as long as it is left
 * running. Close watching costs history, so it is switched on for the windows that are judged by it.
 */
import { SwarmClient } from "../../harness/client/swarm.ts";
import type { Running, World } from "../../harness/world/world.ts";
import { managerNames } from "../consensus/traffic.ts";

export interface Watch {
  closely: boolean;
}

const closeMs = 100;
/** Every how many ticks tasks are listed while nothing is watched closely. */
const loose = 6;
/** Every how many ticks services and nodes are listed. */
const rare = 12;

export function record(world: World, watch: Readonly<Watch>): readonly Running<void>[] {
  return managerNames(world).map((name) =>
    world.every(`recorder-${name}`, closeMs, async (own, tick) => {
      const client = new SwarmClient(own, name, 2000);
      if (watch.closely || tick % loose === 0) await client.tasks();
      if (tick % rare === 0) {
        await client.services();
        await client.nodes();
      }
    }),
  );
}

/** Leaves the swarm alone until it counts as settled, then watches it closely for a while. */
export async function watchClosely(world: World, watch: Watch, quietMs: number, forMs: number): Promise<void> {
  await world.pass("nothing is disturbed", quietMs);
  watch.closely = true;
  await world.pass("watched closely", forMs);
  watch.closely = false;
}
