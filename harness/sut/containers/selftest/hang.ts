/** A run that will be killed: forms a cluster, pauses its node, prints the cluster's id and waits for its end. */
import { labProvider } from "./lab.ts";

const provider = await labProvider();
const cluster = await provider.start({ managers: 1, workers: 0 }, () => undefined);
const report = await cluster.install("f1", { kind: "pause", nodes: ["m1"] });
process.stdout.write(`${JSON.stringify({ id: cluster.id, paused: report.state })}\n`);
setInterval(() => undefined, 1000);
