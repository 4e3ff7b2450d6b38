import { describe, expect, it } from "vitest";
import { dockerfileFromPackages, dockerfileOverBase } from "./dockerfile.ts";
import { instructionsOf } from "./definition.ts";
import type { ImageDefinition } from "./definition.ts";
import { mobyDefinition } from "./moby/definition.ts";
import { nodeBinary, text } from "./image-file.ts";

describe("Dockerfile of a definition", () => {
  it("installs the very packages of the host build and ends with the same configuration", async () => {
    const moby = await mobyDefinition();
    const lines = dockerfileFromPackages(moby).split("\n");
    expect(lines[0]).toBe("FROM debian:bookworm-slim");
    expect(lines[1]).toContain(` ${moby.packages.join(" ")} `);
    expect(lines.slice(-instructionsOf(moby).length)).toEqual(instructionsOf(moby));
  });

  it("takes a file from its public image where it has one, else from the context", async () => {
    const definition: ImageDefinition = { ...(await mobyDefinition()), files: [nodeBinary(), text("/opt/a.cjs", "a")] };
    const dockerfile = dockerfileFromPackages(definition);
    expect(dockerfile).toMatch(/COPY --from=node:\d+\.\d+\.\d+-bookworm-slim \/usr\/local\/bin\/node \/usr\/bin\/node/);
    expect(dockerfile).toContain("COPY files/opt/a.cjs /opt/a.cjs");
  });

  it("over a public base lays down files and configuration alone", async () => {
    const dockerfile = dockerfileOverBase(await mobyDefinition(), "docker:20.10-dind");
    expect(dockerfile).toMatch(/^FROM docker:20\.10-dind\nCOPY files\/sbin\/engine-supervisor /);
    expect(dockerfile).not.toContain("RUN");
  });
});
