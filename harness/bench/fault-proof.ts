/**
 * How long a fault takes to be installed and proved on all links of one node of five, and to be healed and proved gone,
 * through the lab's own code on pods with echo targets: `node harness/bench/fault-proof.ts [runs]`, default 10.
 */
import { startEchoLab } from "../links/selftest/echo-lab.ts";
import { Figures } from "./figures.ts";

const NODES = ["m1", "m2", "m3", "m4", "m5"];
const KINDS = ["partition", "partition-silent", "partition-refuse"] as const;

const runs = Number(process.argv[2] ?? 10);

await using lab = await startEchoLab({ names: NODES });
await lab.talk();
const links = NODES.slice(1).flatMap((other) => [
  { from: "m1", to: other },
  { from: other, to: "m1" },
]);

const figures = new Figures("fault-proof");
for (const kind of KINDS) {
  for (let run = 0; run < runs; run += 1) {
    const installed = await figures.time(`${kind}: install and proof`, () => lab.mesh.install("bench", { kind, links }));
    demand("installed", installed);
    const removed = await figures.time(`${kind}: heal and proof`, () => lab.mesh.remove("bench"));
    demand("removed", removed);
  }
}
await figures.end();

function demand(wanted: string, report: { readonly state: string; readonly why?: string }): void {
  if (report.state !== wanted) throw new Error(`wanted ${wanted}, got ${report.state}: ${report.why}`);
}
