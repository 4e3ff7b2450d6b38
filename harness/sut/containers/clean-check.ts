/**
 * Makes a returned cluster as new and says whether it is: services, secrets, configs and networks gone, labels,
 * availability, roles and the swarm's own settings as at the start, no container left, all nodes ready, one leader.
 * Asks like any client; what cannot be mended within the bound is the reason why the cluster is not clean.
 */
import { messageOf } from "../../error-text.ts";
import type { Exchange, Outcome } from "../../client/exchange.ts";
import { messageOf as refusalOf } from "../../history/outcome.ts";
import { waitUntil } from "../../links/wait-until.ts";
import type { NodeInfo } from "../sut.ts";
import type { Target } from "../target.ts";
import { isDeepStrictEqual } from "node:util";

const CALL_MS = 5000;
const EVERY_MS = 250;

export interface CleanCheck {
  readonly exchange: Exchange;
  readonly nodes: readonly NodeInfo[];
  readonly target: Target;
  /** `Spec` of `GET /swarm` when the cluster was new. */
  readonly swarmSpec: unknown;
  readonly boundMs: number;
}

interface RawNode {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Role: string; readonly Availability: string; readonly Labels?: Readonly<Record<string, string>> | null };
  readonly Status: { readonly State: string };
  readonly ManagerStatus?: { readonly Leader?: boolean; readonly Reachability?: string } | null;
}
interface Named {
  readonly ID?: string;
  readonly Id?: string;
  readonly Name?: string;
  readonly Ingress?: boolean;
}

/** No waiting will mend it. */
class BeyondMending extends Error {}

/** Throws with the reason when the cluster cannot be made clean within the bound. */
export async function makeClean(check: CleanCheck): Promise<void> {
  const end = performance.now() + check.boundMs;
  const left = (): number => Math.max(1, end - performance.now());
  const step = async (what: string, work: () => Promise<string | undefined>): Promise<void> => {
    let why: string | undefined = "never tried";
    let beyond: BeyondMending | undefined;
    await waitUntil(what, left(), EVERY_MS, async () => {
      try {
        why = await work();
      } catch (error) {
        why = messageOf(error);
        if (error instanceof BeyondMending) beyond = error;
      }
      return why === undefined || beyond !== undefined;
    }).catch(() => undefined);
    if (why !== undefined) throw new Error(`${what}: ${why}`, { cause: beyond });
  };
  const managers = check.nodes.filter((node) => node.role === "manager").map((node) => node.name);
  // Any manager serves; another is asked when one gives no answer.
  let asked = 0;
  const manager = (): string => managers[asked++ % managers.length] ?? "m1";

  await step("services removed", () => removeAll(check, manager(), "services"));
  await step("roles, availability and labels as at the start", () => mendNodes(check, manager()));
  await step("swarm settings as at the start", () => mendSwarm(check, manager()));
  await step("secrets and configs removed", async () => {
    const at = manager();
    return (await removeAll(check, at, "secrets")) ?? (await removeAll(check, at, "configs"));
  });
  await Promise.all(check.nodes.map(async (node) => step(`no container left on ${node.name}`, () => emptyNode(check, node.name))));
  await step("networks removed", () => removeAll(check, manager(), "networks"));
  await Promise.all(managers.map(async (name) => step(`${name} sees all nodes ready and one leader`, () => settled(check, name))));
  await Promise.all(check.nodes.map(async (node) => step(`workload images on ${node.name}`, () => hasImages(check, node.name))));
}

async function get(check: CleanCheck, node: string, path: string): Promise<unknown> {
  const outcome = await check.exchange.send(node, { method: "GET", path }, CALL_MS);
  if (outcome.kind === "answer" && outcome.status === 200) return outcome.body;
  throw new Error(`GET ${path} on ${node}: ${said(outcome)}`);
}

function said(outcome: Outcome): string {
  return outcome.kind === "answer" ? `${outcome.status} ${refusalOf(outcome.body) ?? ""}` : outcome.error;
}

const DEFAULT_NETWORKS = new Set(["bridge", "host", "none", "ingress", "docker_gwbridge"]);

async function removeAll(
  check: CleanCheck,
  node: string,
  kind: "services" | "secrets" | "configs" | "networks",
): Promise<string | undefined> {
  const listed = ((await get(check, node, `/${kind}`)) as readonly Named[] | null) ?? [];
  const found = listed.filter((one) => !(kind === "networks" && (one.Ingress === true || DEFAULT_NETWORKS.has(one.Name ?? ""))));
  if (found.length === 0) return undefined;
  const answers = await Promise.all(
    found.map(async (one) => check.exchange.send(node, { method: "DELETE", path: `/${kind}/${one.ID ?? one.Id}` }, CALL_MS)),
  );
  return `${found.length} ${kind} there; deleting said ${answers.map(said).join(", ")}`;
}

async function mendNodes(check: CleanCheck, at: string): Promise<string | undefined> {
  const listed = (await get(check, at, "/nodes")) as readonly RawNode[];
  const wrong: string[] = [];
  for (const raw of listed) {
    const known = check.nodes.find((node) => node.id === raw.ID);
    // A node that left and joined again has another id: nothing here can make that undone.
    if (known === undefined) throw new BeyondMending(`node ${raw.ID} was not there at the start`);
    if (raw.Spec.Role === known.role && raw.Spec.Availability === "active" && Object.keys(raw.Spec.Labels ?? {}).length === 0) continue;
    wrong.push(known.name);
    const body = { ...raw.Spec, Role: known.role, Availability: "active", Labels: {} };
    await check.exchange.send(at, { method: "POST", path: `/nodes/${raw.ID}/update?version=${raw.Version.Index}`, body }, CALL_MS);
  }
  const gone = check.nodes.filter((node) => !listed.some((raw) => raw.ID === node.id));
  if (gone.length > 0) throw new BeyondMending(`${gone.map((node) => node.name).join(", ")} left the swarm`);
  return wrong.length === 0 ? undefined : `${wrong.join(", ")} differed`;
}

async function mendSwarm(check: CleanCheck, at: string): Promise<string | undefined> {
  const swarm = (await get(check, at, "/swarm")) as { readonly Version: { readonly Index: number }; readonly Spec: unknown };
  if (isDeepStrictEqual(swarm.Spec, check.swarmSpec)) return undefined;
  const path = `/swarm/update?version=${swarm.Version.Index}`;
  return `settings differed; update said ${said(await check.exchange.send(at, { method: "POST", path, body: check.swarmSpec }, CALL_MS))}`;
}

interface RawContainer {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
}

/** The swarm removes its tasks itself; containers of other origin are removed here. */
async function emptyNode(check: CleanCheck, node: string): Promise<string | undefined> {
  const found = (await get(check, node, "/containers/json?all=1")) as readonly RawContainer[];
  const plain = found.filter((one) => one.Labels?.["com.docker.swarm.task.id"] === undefined);
  for (const { Id } of plain) await check.exchange.send(node, { method: "DELETE", path: `/containers/${Id}?force=1&v=1` }, CALL_MS);
  return found.length === 0 ? undefined : found.map((one) => one.Names?.[0] ?? one.Id.slice(0, 12)).join(", ");
}

async function settled(check: CleanCheck, at: string): Promise<string | undefined> {
  const nodes = (await get(check, at, "/nodes")) as readonly RawNode[];
  const notReady = nodes.filter((node) => node.Status.State !== "ready").map((node) => `${node.ID} is ${node.Status.State}`);
  const managers = check.nodes.filter((node) => node.role === "manager").length;
  const reachable = nodes.filter((node) => node.ManagerStatus?.Reachability === "reachable").length;
  const leaders = nodes.filter((node) => node.ManagerStatus?.Leader === true).length;
  if (notReady.length > 0) return notReady.join(", ");
  if (nodes.length !== check.nodes.length) return `${nodes.length} nodes instead of ${check.nodes.length}`;
  return reachable === managers && leaders === 1 ? undefined : `${reachable} of ${managers} managers reachable, ${leaders} leaders`;
}

async function hasImages(check: CleanCheck, node: string): Promise<string | undefined> {
  const { v1, v2, broken } = check.target.images;
  for (const image of [v1, v2, broken]) await get(check, node, `/images/${image}/json`);
  return undefined;
}
