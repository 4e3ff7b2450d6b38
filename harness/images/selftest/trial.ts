/** Fixture: one container of an image, removed at the end of its scope; and the few looks the self-tests take at it. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container, ContainerCreateOptions } from "dockerode";
import { ownerLabels } from "../../sut/containers/owner.ts";

export interface Ended {
  readonly status: number;
  /** From the start of the container to its end. */
  readonly ms: number;
}

export class Trial implements AsyncDisposable {
  readonly container: Container;
  readonly #docker: Docker;

  private constructor(docker: Docker, container: Container) {
    this.#docker = docker;
    this.container = container;
  }

  static async start(docker: Docker, options: ContainerCreateOptions): Promise<Trial> {
    const container = await docker.createContainer({ ...options, Labels: ownerLabels("image-selftest") });
    const trial = new Trial(docker, container);
    try {
      await container.start();
      return trial;
    } catch (error) {
      await trial[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.container.remove({ force: true, v: true });
  }

  /** Waits for the container to end by itself. */
  async ended(): Promise<Ended> {
    await this.container.wait();
    const { State } = await this.container.inspect();
    return { status: State.ExitCode, ms: Date.parse(State.FinishedAt) - Date.parse(State.StartedAt) };
  }

  /** All output of a command run in the container; rejects when it ends with another status than 0. */
  async exec(...command: readonly string[]): Promise<string> {
    const exec = await this.container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({});
    const both = new PassThrough();
    this.#docker.modem.demuxStream(stream, both, both);
    stream.once("end", () => both.end()).once("error", (error) => both.destroy(error));
    const said = await text(both);
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`${command.join(" ")} ended with ${ExitCode}: ${said}`);
    return said;
  }

  async running(): Promise<boolean> {
    return (await this.container.inspect()).State.Running;
  }
}

/** Asks every 50 ms until the answer holds; a question that fails counts as not yet. */
export async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean, limitMs = 20_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask().then(
      (value) => ({ value, holds: holds(value) }),
      (error: unknown) => ({ error, holds: false }),
    );
    if (answer.holds && "value" in answer) return answer.value;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms; last: ${JSON.stringify(answer)}`);
    await pause(50);
  }
}
