/**
 * Removes what runs whose process has ended left on the container engine: containers with their anonymous volumes,
 * then networks and volumes, and the empty control groups of node containers. Touches nothing without our owner label,
 * nothing of a living owner, and no cluster that was kept on purpose.
 */
import { messageOf } from "../../error-text.ts";
import { removeContainer } from "../../links/pod.ts";
import { removeCgroups } from "./cgroups.ts";
import { hostEngine, statusOf } from "./host-engine.ts";
import { CLUSTER_LABEL, KEPT_LABEL, OWNER_LABEL, ownerLives } from "./owner.ts";
import type { Labels } from "./owner.ts";

export interface Leftovers {
  readonly containers: readonly { readonly id: string; readonly name: string; readonly labels: Labels }[];
  readonly networks: readonly { readonly id: string; readonly name: string; readonly labels: Labels }[];
  readonly volumes: readonly { readonly id: string; readonly name: string; readonly labels: Labels }[];
}

/** What dead owners left. Answers what was removed, or could not be, one line each. */
export async function sweep(): Promise<readonly string[]> {
  const all = await ours();
  const kept = keptClusters(all);
  const dead = ({ labels }: { readonly labels: Labels }): boolean => !ownerLives(labels) && !kept.has(labels[CLUSTER_LABEL] ?? "");
  return removeThese({ containers: all.containers.filter(dead), networks: all.networks.filter(dead), volumes: all.volumes.filter(dead) });
}

/**
 * Takes clusters down by name; without names, all that are kept and all of dead owners. A living owner's cluster goes
 * only when it is named.
 */
export async function takeDown(names: readonly string[] = []): Promise<readonly string[]> {
  const all = await ours();
  const chosen = ({ labels }: { readonly labels: Labels }): boolean =>
    names.length === 0 ? !ownerLives(labels) : names.includes(labels[CLUSTER_LABEL] ?? "");
  return removeThese({
    containers: all.containers.filter(chosen),
    networks: all.networks.filter(chosen),
    volumes: all.volumes.filter(chosen),
  });
}

async function ours(): Promise<Leftovers> {
  const docker = await hostEngine();
  const filters = { label: [OWNER_LABEL] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return {
    containers: containers.map(({ Id, Names, Labels }) => ({ id: Id, name: Names[0]?.slice(1) ?? Id, labels: Labels })),
    networks: networks.map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels ?? {} })),
    volumes: (volumes ?? []).map(({ Name, Labels }) => ({ id: Name, name: Name, labels: Labels ?? {} })),
  };
}

function keptClusters({ containers }: Leftovers): ReadonlySet<string> {
  return new Set(containers.flatMap(({ labels }) => labels[KEPT_LABEL] ?? []));
}

async function removeThese({ containers, networks, volumes }: Leftovers): Promise<readonly string[]> {
  const docker = await hostEngine();
  // Containers first: a network or volume in use cannot go.
  const first = await Promise.all(
    containers.map(({ id, name }) =>
      told(`container ${name}`, async () => {
        await removeContainer(id);
        await removeCgroups(id);
      }),
    ),
  );
  const then = await Promise.all([
    ...networks.map(({ id, name }) => told(`network ${name}`, () => docker.getNetwork(id).remove())),
    ...volumes.map(({ id, name }) => told(`volume ${name}`, () => docker.getVolume(id).remove({ force: true }))),
  ]);
  return [...first, ...then];
}

async function told(what: string, remove: () => Promise<unknown>): Promise<string> {
  try {
    await remove();
    return what;
  } catch (error) {
    // Another run's sweep was quicker.
    return statusOf(error) === 404 ? what : `${what}: not removed, ${messageOf(error)}`;
  }
}
