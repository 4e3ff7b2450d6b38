/**
 * From the name of a target to a provider of its clusters, with every failure turned into the answer a person needs:
 * a wrong target is usage (2), a missing engine or image is the environment (3).
 */
import Docker from "dockerode";
import { resolveAll } from "../images/images.ts";
import { containersProvider } from "../sut/containers/provider.ts";
import type { SutProvider } from "../sut/sut.ts";
import { knownTargets, loadTarget, TargetError } from "../sut/target.ts";
import type { Target } from "../sut/target.ts";
import { engineLine } from "./engine-line.ts";
import { EnvironmentError, UsageError, unknownWord } from "./usage.ts";

export function readTarget(name: string): Target {
  try {
    return loadTarget(name);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const isPath = /\.ya?ml$/.test(name) || name.includes("/");
    if (!isPath && !knownTargets().includes(name))
      throw new UsageError(unknownWord("target", name, knownTargets()), "./swarmproof gate --help");
    throw new UsageError(error.message, `./swarmproof gate --target ${name}`);
  }
}

/** Resolves all images first; both may take minutes on a fresh machine and say what they do. */
export async function openProvider(target: Target, progress: (text: string) => void, signal: AbortSignal): Promise<SutProvider> {
  const { images, workloadArchive } = await resolved(progress, signal);
  const node = "build" in target.image ? images["moby@20.10"]?.ref : target.image.reference;
  if (images.infra === undefined || images.gateway === undefined || node === undefined || workloadArchive === undefined) {
    throw new EnvironmentError(`not all images that ${target.name} needs could be had`);
  }
  return containersProvider({ target, images: { infra: images.infra.ref, gateway: images.gateway.ref, node, workloadArchive } });
}

/** Before anything is begun: throws `EnvironmentError` with the line of doctor when no engine answers. */
export async function assertEngine(): Promise<void> {
  try {
    await new Docker().ping();
  } catch (cause) {
    throw new EnvironmentError(await engineLine(cause), "./swarmproof doctor, or ./swarmproof gate --arm simulation", { cause });
  }
}

async function resolved(progress: (text: string) => void, signal: AbortSignal): ReturnType<typeof resolveAll> {
  try {
    return await resolveAll({ docker: new Docker(), progress, signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new EnvironmentError(`images: ${cause instanceof Error ? cause.message : String(cause)}`, "./swarmproof doctor", { cause });
  }
}
