/** `node harness/images/build.ts [NAME…]`: resolves the images and prints one line each; progress goes to stderr. */
import Docker from "dockerode";
import type { ImageName } from "./definition.ts";
import { IMAGE_NAMES, resolveAll } from "./images.ts";

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !IMAGE_NAMES.some((known) => known === name));
if (unknown !== undefined) {
  console.error(`unknown image ${unknown}; there are ${IMAGE_NAMES.join(" ")}`);
  process.exitCode = 2;
} else {
  const only: readonly ImageName[] = asked.length === 0 ? IMAGE_NAMES : IMAGE_NAMES.filter((name) => asked.includes(name));
  const resolved = await resolveAll({ docker: new Docker(), only, progress: (text) => console.error(text) });
  for (const image of Object.values(resolved.images))
    console.log(`${image.name}\t${image.ref}\t${image.source}\t${image.ms} ms\t${image.detail}`);
  if (resolved.workloadArchive !== undefined) console.log(`workload archive\t${resolved.workloadArchive}`);
}
