/**
 * How long a fault takes to be installed and proved on all links of one node of five, and to be healed and proved gone,
 * through the lab's own code on pods with echo targets. Usage: node harness/bench/fault-proof.ts [runs] [file.json]
 */
import { writeFile } from "node:fs/promises";
import { startEchoLab } from "../links/selftest/echo-lab.ts";

const NODES = ["m1", "m2", "m3", "m4", "m5"];
const KINDS = ["partition", "partition-silent", "partition-refuse"] as const;

interface Figure {
  readonly what: string;
  readonly n: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly maxMs: number;
}

const runs = Number(process.argv[2] ?? 10);
const file = process.argv[3] ?? ".swarmproof/bench-fault-proof.json";

await using lab = await startEchoLab({ names: NODES });
await lab.talk();
const links = NODES.slice(1).flatMap((other) => [
  { from: "m1", to: other },
  { from: other, to: "m1" },
]);

const figures: Figure[] = [];
for (const kind of KINDS) {
  const installs: number[] = [];
  const heals: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    installs.push(await timed("installed", async () => lab.mesh.install("bench", { kind, links })));
    heals.push(await timed("removed", async () => lab.mesh.remove("bench")));
  }
  figures.push(figure(`${kind}: install and proof, all links of one of five`, installs), figure(`${kind}: heal and proof`, heals));
}
for (const { what, n, minMs, medianMs, maxMs } of figures) process.stdout.write(`${what}: ${minMs}/${medianMs}/${maxMs} ms (n=${n})\n`);
await writeFile(file, `${JSON.stringify({ figures }, null, 2)}\n`);

async function timed(wanted: string, act: () => Promise<{ readonly state: string; readonly why?: string }>): Promise<number> {
  const begun = performance.now();
  const report = await act();
  const took = performance.now() - begun;
  if (report.state !== wanted) throw new Error(`wanted ${wanted}, got ${report.state}: ${report.why}`);
  return took;
}

function figure(what: string, times: readonly number[]): Figure {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { what, n: sorted.length, minMs: at(0), medianMs: at(Math.floor(sorted.length / 2)), maxMs: at(sorted.length - 1) };
}
