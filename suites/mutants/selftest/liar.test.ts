/**
 * The liar, end to end on containers: real Docker behind a gateway that answers wrongly on purpose. Each lie turns its
 * rules red, and without lies the same script passes them all.
 */
import { describe, expect, test } from "vitest";
import { audit } from "../../../harness/checker/marks.ts";
import { specOf, SwarmClient } from "../../../harness/client/swarm.ts";
import type { World } from "../../../harness/world/world.ts";
import type { Lies } from "../../../harness/links/gateway/protocol.ts";
import { attemptWithLies } from "../liar-bench.ts";
import type { LiarRun } from "../liar-bench.ts";

const readsOfTasks = 60;

/** Creates services, changes their labels, watches their tasks come up, reads all back. Goes on whatever is answered. */
async function writeAndRead(world: World): Promise<void> {
  const swarm = new SwarmClient(world, "m1");
  const tasks = world.every("tasks", 100, async () => void (await swarm.tasks({})));
  const services = world.every("services", 200, async () => void (await swarm.services()));
  for (const name of ["one", "two", "three", "four"]) {
    const wish = { name, image: world.cluster.facts.images.v1, replicas: 1, labels: { v: "0" } };
    await swarm.send({ method: "POST", path: "/services/create", body: specOf(wish) });
    const seen = (await swarm.services())?.find((service) => service.name === name);
    if (seen === undefined) continue;
    const changed = specOf({ ...wish, labels: { v: "1" } });
    await swarm.send({ method: "POST", path: `/services/${seen.id}/update?version=${seen.version}`, body: changed });
  }
  await world.pass("tasks come up", readsOfTasks * 100);
  tasks.stop();
  services.stop();
  await world.all([tasks, services]);
  await swarm.tasks({});
  audit.set(world, {});
  await swarm.services();
}

const outcomes = ({ judgements }: LiarRun) => Object.fromEntries(judgements.map(({ rule, outcome }) => [rule, outcome]));
/** What a person is told, for the record of the run. */
const told = ({ judgements }: LiarRun) =>
  judgements
    .filter(({ outcome }) => outcome === "fail")
    .map(({ rule, findings }) => `${rule}: expected ${findings[0]?.expected}; seen ${findings[0]?.observed}`)
    .join("\n");
const said = ({ judgements }: LiarRun, rule: string) => judgements.find((one) => one.rule === rule)?.findings[0];

describe("liar", () => {
  test("without a lie the script passes the rules", async () => {
    const run = await attemptWithLies({}, writeAndRead);
    expect(run.judgements.flatMap(({ reasons, findings }) => [...reasons, ...findings])).toEqual([]);
    expect(outcomes(run)).toEqual({ "INV-01": "pass", "INV-03": "pass", "RAFT-10": "pass" });
  });

  test("a create answered with 201 and swallowed: an acknowledged write is lost, and its writer does not read it", async ({ annotate }) => {
    const run = await attemptWithLies({ swallowCreates: 1 }, writeAndRead);
    await annotate(told(run));
    expect(run.told.swallowed).toHaveLength(1);
    expect(outcomes(run)).toMatchObject({ "INV-01": "fail", "RAFT-10": "fail" });
    expect(said(run, "INV-01")?.expected).toContain("service one, acknowledged by m1");
    expect(said(run, "RAFT-10")?.expected).toContain("service one, acknowledged by m1");
  });

  test.for<readonly [string, Lies, keyof LiarRun["told"], RegExp]>([
    ["a lower version", { lowerVersionAfterReads: 20 }, "lowered", /^service \w+ at version \d+ or later/],
    ["an old task state", { repeatTaskStateAfterReads: readsOfTasks - 10 }, "repeated", /^task \w+ at \w+ or beyond|to stay/],
  ])("%s: reads go back", async ([, lies, count, expected], { annotate }) => {
    const run = await attemptWithLies(lies, writeAndRead);
    await annotate(told(run));
    expect(run.told[count]).toBeGreaterThan(0);
    expect(outcomes(run)).toMatchObject({ "INV-03": "fail" });
    expect(said(run, "INV-03")?.expected).toMatch(expected);
  });
});
