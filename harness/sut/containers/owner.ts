/**
 * Who owns what on the container engine. Everything the lab makes carries the owner label `<pid>:<start time>` of its
 * gate process; the start time (field 22 of /proc/PID/stat) tells a process from a later one with the same number.
 * Names no containers and removes nothing: that is `sweep.ts`.
 */
import { readFileSync, readlinkSync } from "node:fs";

export const OWNER_LABEL = "swarmproof.owner";
/** The pid namespace in which the owner's number means something: an owner in another one is never taken for dead. */
export const OWNER_SPACE_LABEL = "swarmproof.owner-space";
export const CLUSTER_LABEL = "swarmproof.cluster";
export const NODE_LABEL = "swarmproof.node";
/** `infra`, `node`, `gateway`, `relay`, `helper`. */
export const PART_LABEL = "swarmproof.part";
/** On the relay that `--keep` starts: while it is there, a sweep passes its cluster by. Labels cannot be added later. */
export const KEPT_LABEL = "swarmproof.kept";

export type Labels = Readonly<Record<string, string>>;

/** Labels for every container, network and volume of this process. */
export function ownerLabels(cluster: string): Labels {
  return { [OWNER_LABEL]: ownerOf(process.pid), [OWNER_SPACE_LABEL]: pidSpace(), [CLUSTER_LABEL]: cluster };
}

export function ownerOf(pid: number): string {
  const started = startTime(pid);
  if (started === undefined) throw new Error(`process ${pid} does not run`);
  return `${pid}:${started}`;
}

/** False only when the labelled process has surely ended. */
export function ownerLives(labels: Labels): boolean {
  const space = labels[OWNER_SPACE_LABEL];
  if (space !== undefined && space !== pidSpace()) return true;
  const [pid, started] = (labels[OWNER_LABEL] ?? "").split(":");
  if (pid === undefined || started === undefined || !/^\d+$/.test(pid)) return true;
  return startTime(Number(pid)) === started;
}

function pidSpace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "pid:[unknown]";
  }
}

/** `undefined` when there is no such process, or it is a zombie. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name in brackets and may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
