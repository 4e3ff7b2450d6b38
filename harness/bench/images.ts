/**
 * How long all images take from nothing: `node harness/bench/images.ts [runs]`, default 3. Each run removes the images
 * that the one before built, so it wants an engine on which no cluster runs. The Toxiproxy server and the packages of
 * Debian may come from a cache of this machine; the first value is the one nearest to a fresh machine.
 */
import Dockerode from "dockerode";
import { resolveAll } from "../images/images.ts";
import { Figures } from "./figures.ts";

const runs = Number(process.argv[2] ?? 3);
const docker = new Dockerode();

const figures = new Figures("images");
for (let run = 0; run < runs; run += 1) {
  const present = await resolveAll({ docker });
  for (const { ref } of Object.values(present.images)) await docker.getImage(ref).remove({ force: true });
  const { images } = await figures.time("all images from nothing", () => resolveAll({ docker }));
  for (const image of Object.values(images)) {
    if (image.source !== "built") throw new Error(`${image.name} was ${image.source}, not built`);
    figures.note(image.name, image.ms);
  }
}
await figures.end();
