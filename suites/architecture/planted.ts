/**
 * What each law must say of the violations planted for it: all of these lines and no other. The planted trees lie in
 * `planted/<law>/`; words that the repository itself must not hold are planted in memory, put together from parts.
 */
import { join } from "node:path";
import { boundaryLaw } from "./boundaries.ts";
import { contractLaw } from "./contract.ts";
import { purityLaw } from "./purity.ts";
import { headerLaw, laterLaw, linkLaw, machinePathLaw, registryLaw, sizeLaw } from "./tidiness.ts";
import { readTree } from "./tree.ts";
import type { Tree, Violation } from "./tree.ts";

export type Law = (tree: Tree) => readonly Violation[];

export interface Planted {
  readonly law: string;
  readonly apply: Law;
  readonly tree: Tree;
  /** `path:line what`, in the order of the law. */
  readonly found: readonly string[];
}

const disk = (name: string): Tree => readTree(join(import.meta.dirname, "planted", name));
const memory = (files: Readonly<Record<string, string>>): Tree => ({
  root: "",
  files: Object.entries(files).map(([path, text]) => ({ path, text })),
});

const core = "the reference's decisions must not use";
const judge = "the judge must not use";
const suite = "a suite must not use";

const boundaries = [
  "cluster-impl/api/task.ts:2 cluster-impl/api may not import zod",
  "cluster-impl/api/task.ts:3 cluster-impl/api may not import cluster-impl/core/scheduler/pick.ts",
  "cluster-impl/core/raft/propose.ts:2 cluster-impl/core may not import cluster-impl/core/store/table.ts",
  "cluster-impl/core/scheduler/pick.ts:2 a controller of cluster-impl/core may not import node:fs",
  "cluster-impl/core/scheduler/pick.ts:3 a controller of cluster-impl/core may not import cluster-impl/core/raft/propose.ts",
  "cluster-impl/node/driver.ts:2 cluster-impl/node may not import cluster-impl/shell/disk.ts",
  "cluster-impl/shell/disk.ts:3 cluster-impl/shell may not import cluster-impl/core/raft/propose.ts",
  "harness/checker/lax.ts:3 the judge (harness/{history,checker,invariant,model}) may not import harness/world/live.ts",
  "harness/links/pod.ts:2 harness may not import cluster-impl/api/task.ts",
  "harness/links/pod.ts:4 harness may not import cluster-impl/node/driver.ts",
  "harness/run/gate.ts:2 harness may not import reports/render/junit.ts",
  "harness/sim/world.ts:3 harness/sim may not import cluster-impl/core/raft/propose.ts",
  "reports/render/junit.ts:4 reports may not import harness/links/pod.ts",
  "suites/chaos/writes.test.ts:2 suites may not import cluster-impl/node/driver.ts",
  "suites/chaos/writes.test.ts:3 suites may not import reports/render/junit.ts",
];

const purity = [
  `cluster-impl/core/raft/tick.ts:2 ${core} node:timers/promises`,
  `cluster-impl/core/raft/tick.ts:5 ${core} Date`,
  `cluster-impl/core/raft/tick.ts:5 ${core} performance`,
  `cluster-impl/core/raft/tick.ts:5 ${core} Math.random`,
  `cluster-impl/core/raft/tick.ts:7 ${core} setTimeout`,
  `cluster-impl/core/raft/tick.ts:8 ${core} async`,
  `cluster-impl/core/raft/tick.ts:9 ${core} await`,
  `cluster-impl/core/raft/tick.ts:11 ${core} crypto`,
  `cluster-impl/core/raft/tick.ts:12 ${core} Math.random`,
  `harness/checker/rules/now.ts:2 ${judge} node:fs`,
  `harness/checker/rules/now.ts:4 ${judge} Date`,
  `harness/checker/rules/now.ts:4 ${judge} process`,
  "harness/nemesis/targets.ts:2 what plans and reads for the judge must not use Math.random",
  `suites/consensus/hasty.test.ts:2 ${suite} node:fs`,
  `suites/consensus/hasty.test.ts:3 ${suite} undici`,
  `suites/consensus/hasty.test.ts:4 ${suite} allure-js-commons`,
  `suites/consensus/hasty.test.ts:6 ${suite} allure`,
  `suites/consensus/hasty.test.ts:10 ${suite} Promise.all`,
  `suites/consensus/hasty.test.ts:11 ${suite} Promise.race`,
  `suites/consensus/hasty.test.ts:12 ${suite} Promise.any`,
  `suites/consensus/hasty.test.ts:13 ${suite} Promise.allSettled`,
  `suites/consensus/hasty.test.ts:14 ${suite} setTimeout`,
  `suites/consensus/hasty.test.ts:14 ${suite} allure`,
  `suites/consensus/hasty.test.ts:15 ${suite} Date`,
  `suites/consensus/hasty.test.ts:16 ${suite} globalThis`,
  `suites/consensus/hasty.test.ts:16 ${suite} performance`,
  `suites/consensus/hasty.test.ts:16 ${suite} Math.random`,
  `suites/consensus/hasty.test.ts:16 ${suite} crypto`,
];

const contract = [
  "suites/consensus/other.test.ts:4 scenario twice is also declared in suites/consensus/good.test.ts:5",
  "suites/consensus/good.test.ts:5 scenario twice serves RAFT-99, which is no rule of the catalogue",
  "suites/consensus/other.test.ts:4 scenario twice serves RAFT-91, but the catalogue does not name it there",
  "suites/consensus/other.test.ts:6 property campaigns serves RAFT-97, which is no rule of the catalogue",
  "suites/catalogue:RAFT-92 names scenario ghost, which no suite declares",
  "suites/catalogue:RAFT-93/crash names scenario good, which does not serve it",
  "suites/catalogue:RAFT-93/partition scenario elsewhere lies in suites/consensus/other.test.ts, which its suites do not list",
  "suites/catalogue:RAFT-93 is scored but no checker judges it",
  "suites/catalogue:RAFT-98 has a checker but is no rule of the catalogue",
];

const someHost = ["registry", "npmjs", "org"].join(".");
const someDesk = ["", "home", "ada", "swarm"].join("/");
const someBench = ["", "tmp", "bash_jobs", "1"].join("/");
const someTree = ["", "work", "main"].join("/");
const somePaper = ["shared", "design.md"].join("/");
const someWord = ["TO", "DO"].join("");

export const planted: readonly Planted[] = [
  { law: "boundaries", apply: boundaryLaw, tree: disk("boundaries"), found: boundaries },
  { law: "purity", apply: purityLaw, tree: disk("purity"), found: purity },
  {
    law: "contract",
    apply: (tree) => contractLaw(tree, new Set(["RAFT-91", "RAFT-92", "RAFT-98"])),
    tree: disk("contract"),
    found: contract,
  },
  {
    law: "header",
    apply: headerLaw,
    tree: disk("tidiness"),
    found: ["bare", "short"].map((name) => `harness/history/${name}.ts:1 opens without a comment that says what the file is`),
  },
  {
    law: "size",
    apply: sizeLaw,
    tree: disk("tidiness"),
    found: ["harness/history/endless.ts:421 has 421 lines, more than 400: split it by what it owns"],
  },
  {
    law: "link",
    apply: linkLaw,
    tree: disk("tidiness"),
    found: ["docs/page.md:3 links to harness/history/gone.ts, which is not there"],
  },
  {
    law: "later",
    apply: laterLaw,
    tree: memory({ "harness/a.ts": `const a = 1;\n// ${someWord}: b`, "suites/b.ts": `const ${someWord}list = 1;` }),
    found: [`harness/a.ts:2 leaves something for later: ${someWord}`],
  },
  {
    law: "registry",
    apply: registryLaw,
    tree: memory({ "README.md": `Taken from\nhttps://${someHost}/vitest`, "harness/a.ts": "const image = 'ghcr.io/shopify/toxiproxy';" }),
    found: [`README.md:2 names the package registry ${someHost}`],
  },
  {
    law: "machine path",
    apply: machinePathLaw,
    tree: memory({
      "README.md": `cd ${someDesk}\nsee ${someBench}\n${someTree}, ../${somePaper}`,
      "harness/a.ts": "`${root}/tmp/home/x`;",
    }),
    found: [
      `README.md:1 names a path of a machine: ${someDesk.slice(0, 7)}`,
      `README.md:2 names a path of a machine: ${someBench.slice(0, 14)}`,
      `README.md:3 names a path of a machine: ${someTree.slice(0, 6)}`,
      `README.md:3 names a path of a machine: ../${somePaper}`,
    ],
  },
];
