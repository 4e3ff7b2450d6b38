/**
 * The harness's own reading of Engine API answers: small, typed views that go into the history and that checkers judge.
 *
 * Written from the Engine API documentation and recordings, independent of any implementation's code, so a mistake
 * shared with a target cannot cancel out. Unknown shapes are kept as they came (`undefined` from `viewOf`).
 */
import { z } from "zod";

const version = z.object({ Index: z.number() });

const nodeShape = z
  .object({
    ID: z.string(),
    Version: version,
    Spec: z.object({ Role: z.string(), Availability: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
    Description: z
      .object({
        Hostname: z.string().optional(),
        Resources: z.object({ NanoCPUs: z.number().optional(), MemoryBytes: z.number().optional() }).optional(),
      })
      .optional(),
    Status: z.object({ State: z.string(), Message: z.string().optional(), Addr: z.string().optional() }),
    ManagerStatus: z.object({ Leader: z.boolean().optional(), Reachability: z.string().optional(), Addr: z.string().optional() }).nullish(),
  })
  .transform((n) => ({
    id: n.ID,
    version: n.Version.Index,
    hostname: n.Description?.Hostname ?? "",
    /** Billionths of a processor; 0 where the node states none. */
    cpus: n.Description?.Resources?.NanoCPUs ?? 0,
    /** Bytes; 0 where the node states none. */
    memory: n.Description?.Resources?.MemoryBytes ?? 0,
    role: n.Spec.Role,
    availability: n.Spec.Availability,
    state: n.Status.State,
    message: n.Status.Message ?? "",
    manager: n.ManagerStatus != null,
    leader: n.ManagerStatus?.Leader === true,
    reachability: n.ManagerStatus?.Reachability ?? "",
  }));
export type NodeView = z.infer<typeof nodeShape>;

const taskShape = z
  .object({
    ID: z.string(),
    Version: version,
    CreatedAt: z.string(),
    Spec: z.object({ ContainerSpec: z.object({ Image: z.string() }).optional() }),
    ServiceID: z.string().optional(),
    Slot: z.number().optional(),
    NodeID: z.string().optional(),
    Status: z.object({
      Timestamp: z.string().optional(),
      State: z.string(),
      Message: z.string().optional(),
      Err: z.string().optional(),
      ContainerStatus: z.object({ ContainerID: z.string().optional(), ExitCode: z.number().optional() }).nullish(),
    }),
    DesiredState: z.string(),
  })
  .transform((k) => ({
    id: k.ID,
    version: k.Version.Index,
    createdAt: k.CreatedAt,
    service: k.ServiceID ?? "",
    /** 0: none (global services). */
    slot: k.Slot ?? 0,
    node: k.NodeID ?? "",
    image: k.Spec.ContainerSpec?.Image ?? "",
    state: k.Status.State,
    stateAt: k.Status.Timestamp ?? "",
    desired: k.DesiredState,
    error: k.Status.Err ?? "",
    container: k.Status.ContainerStatus?.ContainerID ?? "",
    exitCode: k.Status.ContainerStatus?.ExitCode ?? 0,
  }));
export type TaskView = z.infer<typeof taskShape>;

const updateStatus = z.object({
  State: z.string().optional(),
  Message: z.string().optional(),
  StartedAt: z.string().optional(),
  CompletedAt: z.string().optional(),
});
const serviceSpec = z.object({
  Name: z.string(),
  Mode: z.object({ Replicated: z.object({ Replicas: z.number().optional() }).nullish(), Global: z.object({}).nullish() }),
  TaskTemplate: z.object({
    ContainerSpec: z.object({ Image: z.string(), Env: z.array(z.string()).nullish() }).optional(),
    ForceUpdate: z.number().optional(),
  }),
  Labels: z.record(z.string(), z.string()).nullish(),
});
const specView = (s: z.infer<typeof serviceSpec>) => ({
  name: s.Name,
  /** -1: a global service. */
  replicas: s.Mode.Replicated == null ? -1 : (s.Mode.Replicated.Replicas ?? 1),
  image: s.TaskTemplate.ContainerSpec?.Image ?? "",
  env: s.TaskTemplate.ContainerSpec?.Env ?? [],
  labels: s.Labels ?? {},
});
const serviceShape = z
  .object({
    ID: z.string(),
    Version: version,
    Spec: serviceSpec,
    PreviousSpec: serviceSpec.nullish(),
    UpdateStatus: updateStatus.nullish(),
  })
  .transform((s) => ({
    id: s.ID,
    version: s.Version.Index,
    ...specView(s.Spec),
    previous: s.PreviousSpec == null ? undefined : specView(s.PreviousSpec),
    update: s.UpdateStatus?.State ?? "",
    updateMessage: s.UpdateStatus?.Message ?? "",
    updateStartedAt: s.UpdateStatus?.StartedAt ?? "",
    updateCompletedAt: s.UpdateStatus?.CompletedAt ?? "",
  }));
export type ServiceView = z.infer<typeof serviceShape>;

const containerShape = z
  .object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Image: z.string(),
    State: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
  })
  .transform((c) => ({
    id: c.Id,
    name: c.Names?.[0]?.replace(/^\//, "") ?? "",
    image: c.Image,
    state: c.State,
    /** Task id for containers of a swarm service, else empty. */
    task: c.Labels?.["com.docker.swarm.task.id"] ?? "",
    service: c.Labels?.["com.docker.swarm.service.id"] ?? "",
  }));
export type ContainerView = z.infer<typeof containerShape>;

const infoShape = z
  .object({
    Swarm: z.object({
      NodeID: z.string().optional(),
      LocalNodeState: z.string(),
      ControlAvailable: z.boolean().optional(),
      Error: z.string().optional(),
      Nodes: z.number().optional(),
      Managers: z.number().optional(),
    }),
  })
  .transform((i) => ({
    nodeId: i.Swarm.NodeID ?? "",
    local: i.Swarm.LocalNodeState,
    control: i.Swarm.ControlAvailable === true,
    error: i.Swarm.Error ?? "",
    nodes: i.Swarm.Nodes ?? 0,
    managers: i.Swarm.Managers ?? 0,
  }));
export type InfoView = z.infer<typeof infoShape>;

const created = z.object({ ID: z.string() }).transform((c) => ({ id: c.ID }));

/** Path without query, version prefix and object name, as a key: `GET /services`, `GET /services/*`, `POST /services/create`. */
export function routeOf(method: string, path: string): string {
  const bare = path.replace(/^\/v\d+\.\d+/, "").split("?")[0] ?? "";
  const parts = bare.split("/").filter((part) => part !== "");
  if (parts.length <= 1 || parts[1] === "create" || parts[1] === "json") return `${method} /${parts.join("/")}`;
  return `${method} /${[parts[0], "*", ...parts.slice(2)].join("/")}`;
}

const shapes: Readonly<Record<string, z.ZodType>> = {
  "GET /nodes": z.array(nodeShape),
  "GET /nodes/*": nodeShape,
  "GET /tasks": z.array(taskShape),
  "GET /tasks/*": taskShape,
  "GET /services": z.array(serviceShape),
  "GET /services/*": serviceShape,
  "GET /containers/json": z.array(containerShape),
  "GET /info": infoShape,
  "POST /services/create": created,
};

/**
 * The view of a 2xx answer; falls back to the raw body where there is no reading of it or it does not fit. `null` for an
 * empty one: an event whose view is not there at all could not be read back from the journal.
 */
export function viewOf(method: string, path: string, body: unknown): unknown {
  const shape = shapes[routeOf(method, path)];
  if (shape === undefined) return body ?? null;
  const parsed = shape.safeParse(body);
  return parsed.success ? parsed.data : { unread: parsed.error.issues[0]?.message ?? "unreadable", body };
}

const reading =
  <T>(shape: z.ZodType<T>) =>
  (view: unknown): T | undefined => {
    const parsed = shape.safeParse(view);
    return parsed.success ? parsed.data : undefined;
  };
/** Typed reading of raw bodies, for scripts. `undefined` when the body is not of that shape. */
export const readNodes = reading(z.array(nodeShape));
export const readTasks = reading(z.array(taskShape));
export const readServices = reading(z.array(serviceShape));
export const readService = reading(serviceShape);
export const readContainers = reading(z.array(containerShape));
export const readInfo = reading(infoShape);
