/**
 * How long a cluster takes from nothing to ready, step by step: `node harness/bench/cluster-start.ts [n] [managers]
 * [workers]`, default 3 runs of 3 + 2. Prints min/median/max in milliseconds. Images must be there.
 */
import Dockerode from "dockerode";
import { resolveAll } from "../images/images.ts";
import { containersProvider } from "../sut/containers/provider.ts";
import { DEFAULT_TARGET, loadTarget } from "../sut/target.ts";

const [runs = 3, managers = 3, workers = 2] = process.argv.slice(2).map(Number);

const progress = (text: string): void => void process.stderr.write(`${text}\n`);
const { images, workloadArchive } = await resolveAll({ docker: new Dockerode(), progress });
const { infra, gateway, "moby@20.10": node } = images;
if (infra === undefined || gateway === undefined || node === undefined || workloadArchive === undefined)
  throw new Error("images are missing");
const provider = containersProvider({
  target: loadTarget(DEFAULT_TARGET),
  images: { infra: infra.ref, gateway: gateway.ref, node: node.ref, workloadArchive },
});

const measured = new Map<string, number[]>();
const note = (step: string, ms: number): void => void measured.set(step, [...(measured.get(step) ?? []), Math.round(ms)]);
for (let run = 0; run < runs; run += 1) {
  const began = performance.now();
  const cluster = await provider.start({ managers, workers }, () => undefined);
  note("in all", performance.now() - began);
  for (const [step, ms] of Object.entries(cluster.breakdown)) note(step, ms);
  const ending = performance.now();
  await cluster.destroy();
  note("taking down", performance.now() - ending);
}
await provider.close();

console.log(`cluster of ${managers} managers and ${workers} workers, ${runs} runs, min/median/max ms`);
for (const [step, times] of measured) {
  const sorted = times.toSorted((a, b) => a - b);
  console.log(`${step.padEnd(22)} ${sorted[0]} / ${sorted[Math.floor((sorted.length - 1) / 2)]} / ${sorted.at(-1)}`);
}
