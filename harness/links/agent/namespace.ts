/**
 * Looks at and clears the pod's network namespace. What is ours stays: `lo`, `eth0`, the table `ip chaos`. Everything
 * else was made by a node that is dead by the time this is asked, since a machine that lost power keeps nothing.
 */
import { readFile } from "node:fs/promises";
import type { Cleared, Observation } from "./protocol.ts";
import { runTool } from "./run-tool.ts";

const TOXIPROXY_PID_FILE = "/run/toxiproxy.pid";
const OWN_LINKS = new Set(["lo", "eth0"]);
const OWN_TABLE = "ip chaos";

export async function observe(): Promise<Observation> {
  const [nft, conntrack, sockets, ipv6, pid] = await Promise.all([
    runTool("nft", ["-j", "list", "table", "ip", "chaos"]),
    runTool("conntrack", ["-L", "-p", "tcp"]),
    runTool("ss", ["-H", "-t", "-a", "-n", "-e"]),
    ipv6State(),
    toxiproxyPid(),
  ]);
  const toolErrors = [conntrack, sockets].flatMap((result) => (result.code === 0 ? [] : [result.stderr.trim()]));
  return {
    nft: nft.stdout,
    ...(nft.code === 0 ? {} : { nftError: nft.stderr.trim() }),
    conntrack: conntrack.stdout,
    sockets: sockets.stdout,
    ipv6,
    toxiproxyPid: pid,
    ...(toolErrors.length === 0 ? {} : { toolError: toolErrors.join("; ") }),
  };
}

async function ipv6State(): Promise<Observation["ipv6"]> {
  const [flag, addresses] = await Promise.all([readOr("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1"), readOr("/proc/net/if_inet6", "")]);
  return { disabled: flag.trim() === "1", addresses: addresses.split("\n").filter((line) => line !== "") };
}

/** The running server, or 0 while there is none. */
export async function toxiproxyPid(): Promise<number> {
  const pid = Number((await readOr(TOXIPROXY_PID_FILE, "0")).trim());
  if (!Number.isInteger(pid) || pid <= 0) return 0;
  const name = (await readOr(`/proc/${pid}/comm`, "")).trim();
  return name === "toxiproxy-serve" ? pid : 0;
}

/** Under the server's own uid: the agent has no KILL capability and needs none. */
export async function killToxiproxy(): Promise<{ readonly pid: number }> {
  const pid = await toxiproxyPid();
  if (pid === 0) return { pid };
  const killed = await runTool("setpriv", ["--reuid", "9999", "--regid", "9999", "--clear-groups", "kill", "-9", String(pid)]);
  if (killed.code !== 0) throw new Error(`kill of Toxiproxy ${pid}: ${killed.stderr}`);
  return { pid };
}

export async function forgetConnections(address: string, port: number): Promise<{ readonly deleted: number }> {
  const result = await runTool("conntrack", ["-D", "-p", "tcp", "-d", address, "--dport", String(port)]);
  return { deleted: result.stdout.split("\n").filter((line) => line !== "").length };
}

export async function clearNamespace(): Promise<Cleared> {
  const removed: string[] = [];
  const failed: string[] = [];
  const remove = async (what: string, command: string, args: readonly string[]): Promise<void> => {
    const result = await runTool(command, args);
    (result.code === 0 ? removed : failed).push(result.code === 0 ? what : `${what}: ${result.stderr.trim()}`);
  };
  for (const name of await foreignLinks()) {
    // Ends of one pair go together; what is gone already needs no removing.
    if ((await foreignLinks()).includes(name)) await remove(`link ${name}`, "ip", ["link", "delete", "dev", name]);
  }
  for (const table of await foreignTables()) await remove(`table ${table}`, "nft", ["delete", "table", ...table.split(" ")]);
  for (const rule of await foreignRules()) await remove(`rule ${rule}`, "ip", ["rule", "delete", "pref", rule]);
  for (const route of await foreignRoutes()) await remove(`route ${route}`, "ip", ["route", "delete", ...route.split(/\s+/u)]);
  await runTool("conntrack", ["-F"]);
  return { removed, failed };
}

async function foreignLinks(): Promise<readonly string[]> {
  const { stdout } = await runTool("ip", ["-o", "link", "show"]);
  const names = stdout.split("\n").flatMap((line) => /^\d+:\s+([^:@\s]+)/u.exec(line)?.[1] ?? []);
  return names.filter((name) => !OWN_LINKS.has(name) && !TUNNEL_STUBS.test(name));
}

/** Devices the kernel puts into every namespace when a tunnel module is loaded; they carry nothing and stay. */
const TUNNEL_STUBS = /^(?:tunl0|sit0|gre0|gretap0|erspan0|ip6tnl0|ip6gre0|ip_vti0|ip6_vti0)$/u;

async function foreignTables(): Promise<readonly string[]> {
  const { stdout } = await runTool("nft", ["list", "tables"]);
  const tables = stdout.split("\n").flatMap((line) => /^table (\S+ \S+)$/u.exec(line.trim())?.[1] ?? []);
  return tables.filter((table) => table !== OWN_TABLE);
}

/** Priorities other than the kernel's own 0, 32766 and 32767. */
async function foreignRules(): Promise<readonly string[]> {
  const { stdout } = await runTool("ip", ["rule", "show"]);
  const priorities = stdout.split("\n").flatMap((line) => /^(\d+):/u.exec(line)?.[1] ?? []);
  return priorities.filter((priority) => !["0", "32766", "32767"].includes(priority));
}

/** Routes of the main table that do not leave by eth0 went with their links; blackholes and the like remain. */
async function foreignRoutes(): Promise<readonly string[]> {
  const { stdout } = await runTool("ip", ["route", "show"]);
  return stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/ dev (?:eth0|lo)\b/u.test(line));
}

export async function evidence(): Promise<Readonly<Record<string, string>>> {
  const looks: readonly (readonly [string, string, readonly string[]])[] = [
    ["nft", "nft", ["list", "ruleset"]],
    ["conntrack", "conntrack", ["-L"]],
    ["sockets", "ss", ["-a", "-n", "-t", "-u", "-e", "-i"]],
    ["links", "ip", ["-d", "addr", "show"]],
    ["routes", "ip", ["route", "show", "table", "all"]],
    ["rules", "ip", ["rule", "show"]],
  ];
  const texts = await Promise.all(
    looks.map(async ([name, command, args]) => {
      const result = await runTool(command, args);
      return [name, result.code === 0 ? result.stdout : `${result.stdout}\n${command} failed: ${result.stderr}`] as const;
    }),
  );
  return Object.fromEntries(texts);
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return otherwise;
  }
}
