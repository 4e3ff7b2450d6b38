/**
 * How long a cluster takes from nothing to ready, step by step: `node harness/bench/cluster-start.ts [n] [managers]
 * [workers]`, default 3 runs of 3 + 2. Prints min/median/max in milliseconds. Images must be there.
 */
import Dockerode from "dockerode";
import { resolveAll } from "../images/images.ts";
import { containersProvider } from "../sut/containers/provider.ts";
import { DEFAULT_TARGET, loadTarget } from "../sut/target.ts";
import { Figures } from "./figures.ts";

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

const figures = new Figures("cluster-start");
for (let run = 0; run < runs; run += 1) {
  const cluster = await figures.time("in all", () => provider.start({ managers, workers }, () => undefined));
  for (const [step, ms] of Object.entries(cluster.breakdown)) figures.note(step, ms);
  await figures.time("taking down", () => cluster.destroy());
}
await provider.close();
await figures.end();
