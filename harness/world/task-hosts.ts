/** Where the running tasks of services are, from two API answers: `web.1` (or `web` when global) → node name. */
import { readServices, readTasks } from "../client/views.ts";
import { order } from "../nemesis/targets.ts";

/** Where several running tasks have one name, the lowest node name is taken, so that the answer is one. */
export function taskHosts(services: unknown, tasks: unknown, nodeName: (id: string) => string | undefined): ReadonlyMap<string, string> {
  const names = new Map(readServices(services)?.map((service) => [service.id, service.name]));
  const hosts = new Map<string, string>();
  for (const task of readTasks(tasks) ?? []) {
    const service = names.get(task.service);
    const host = nodeName(task.node);
    if (service === undefined || host === undefined || task.state !== "running" || task.desired !== "running") continue;
    const key = task.slot === 0 ? service : `${service}.${task.slot}`;
    const known = hosts.get(key);
    if (known === undefined || order(host, known) < 0) hosts.set(key, host);
  }
  return hosts;
}
