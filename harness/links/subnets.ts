/** Arithmetic on the /24 subnets clusters live in. Pure. */

/** 10.180.0.0/14: away from the pools that engines inside the pods hand out (10.0.x.y, 172.x). */
const SECOND_OCTETS = [180, 181, 182, 183];

/** Free ones in order, given the subnets the engine has and the addresses this machine has. */
export function candidateSubnets(used: readonly string[], local: readonly string[]): readonly string[] {
  const taken = new Set([...used, ...local].map(firstThree));
  const all = SECOND_OCTETS.flatMap((second) => Array.from({ length: 256 }, (_, third) => `10.${second}.${third}`));
  return all.filter((prefix) => !taken.has(prefix)).map((prefix) => `${prefix}.0/24`);
}

export function hostAddress(subnet: string, host: number): string {
  if (!Number.isInteger(host) || host < 2 || host > 254) throw new RangeError(`host ${host} is outside 2 … 254`);
  return `${firstThree(subnet)}.${host}`;
}

function firstThree(address: string): string {
  return address.split(".").slice(0, 3).join(".");
}
