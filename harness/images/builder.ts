/** Chooses how an image is built: from packages on a host with apt, else by a Dockerfile in the engine. */
import { DebianPackages } from "./debian-packages.ts";
import { dockerContext, dockerfileFromPackages } from "./dockerfile.ts";
import type { ImageEngine } from "./engine.ts";
import { buildOnHost } from "./host-build.ts";
import type { BuildImage } from "./resolver.ts";
import type { Run } from "./run.ts";

/** Programs that the host build runs. */
export const HOST_BUILD_PROGRAMS = ["apt-get", "dpkg-deb", "tar"] as const;

export async function canBuildOnHost(run: Run): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const looks = HOST_BUILD_PROGRAMS.map((program) =>
    run("sh", ["-c", `command -v ${program}`]).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(looks)).every(Boolean);
}

export interface BuilderPorts {
  readonly engine: ImageEngine;
  readonly run: Run;
  /** A directory for apt's own state, shared by the images of one run and thrown away after it. */
  readonly aptDirectory: string;
  readonly onHost: boolean;
}

export function imageBuilder(ports: BuilderPorts): BuildImage {
  const suites = new Map<string, DebianPackages>();
  return async (definition, directory, signal) => {
    if (!ports.onHost) {
      const context = await dockerContext(definition, dockerfileFromPackages(definition), directory);
      return ports.engine.build(context, signal);
    }
    const packages = suites.get(definition.suite) ?? new DebianPackages(ports.run, ports.aptDirectory, definition.suite);
    suites.set(definition.suite, packages);
    return buildOnHost(definition, { engine: ports.engine, run: ports.run, packages, directory, signal });
  };
}
