/** The operations of campaigns, as flows of calls. Each is one client's act; true when it was acknowledged. */
import { specOf } from "../client/swarm.ts";
import type { Outcome } from "../client/exchange.ts";
import { call, managersOf, workersOf } from "./campaign-asks.ts";
import type { CampaignFlow, Stage } from "./campaign-asks.ts";
import type { CampaignOp } from "./campaign.ts";

export interface OpContext {
  readonly on: Stage;
  /** Ids of the campaign's services. */
  readonly services: readonly string[];
  /** Part of every name and value written, so that each is written once. */
  readonly unique: string;
}

type Json = Readonly<Record<string, unknown>>;

export function* operate(op: CampaignOp, context: OpContext): CampaignFlow<boolean> {
  const { on, unique } = context;
  const node = round(managersOf(on), op.via);
  if (node === undefined) return false;
  switch (op.op) {
    case "read":
      return done(yield* call(node, { method: "GET", path: `/${op.list}` }));
    case "create": {
      const body = specOf({ name: `made-${unique}`, image: on.cluster.facts.images.v1, replicas: 0 });
      return done(yield* call(node, { method: "POST", path: "/services/create", body }));
    }
    case "write":
      return yield* change(node, "services", round(context.services, op.service), (spec) => ({ ...spec, Labels: { v: unique } }));
    case "scale":
      return yield* change(node, "services", round(context.services, op.service), (spec) => rescaled(spec, op.replicas));
    default: {
      const worker = round(workersOf(on), op.worker);
      const id = on.cluster.nodes.find((one) => one.name === worker)?.id;
      const Availability = op.op === "drain" ? "drain" : "active";
      return yield* change(node, "nodes", id, (spec) => ({ ...spec, Availability }));
    }
  }
}

/** Reads an object and posts its spec back changed, over the version read. Nothing to read: nothing is posted. */
function* change(node: string, kind: string, id: string | undefined, edit: (spec: Json) => Json): CampaignFlow<boolean> {
  if (id === undefined) return false;
  const read = yield* call(node, { method: "GET", path: `/${kind}/${id}` });
  if (read.kind !== "answer" || read.status !== 200) return false;
  const { Version, Spec } = read.body as { readonly Version: { readonly Index: number }; readonly Spec: Json };
  return done(yield* call(node, { method: "POST", path: `/${kind}/${id}/update?version=${Version.Index}`, body: edit(Spec) }));
}

/** A global service keeps its mode: it has no replicas to set. */
function rescaled(spec: Json, replicas: number): Json {
  const mode = spec["Mode"];
  const replicated = typeof mode === "object" && mode !== null && "Replicated" in mode;
  return replicated ? { ...spec, Mode: { Replicated: { Replicas: replicas } } } : spec;
}

const done = (outcome: Outcome): boolean => outcome.kind === "answer" && outcome.status >= 200 && outcome.status < 300;

const round = (names: readonly string[], index: number): string | undefined => names[index % Math.max(1, names.length)];
