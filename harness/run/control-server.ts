/**
 * The gate's end of the control socket: takes asks and events of workers, in the order each worker sent them,
 * and reports a worker that vanished. What is done with them is the handler's affair.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import type { Recorded } from "../history/event.ts";
import type { Ask, ToGate, ToWorker } from "./control.ts";
import { jsonLines } from "./json-lines.ts";

export interface ControlHandler {
  /** A rejection reaches the worker as an error text. */
  ask(worker: string, ask: Ask): Promise<unknown>;
  event(worker: string, recorded: Recorded): void;
  /** The worker's connection ended; nothing more will come from it. */
  gone(worker: string): void;
}

export interface ControlServer {
  /** Handed to workers through the environment (`SWARMPROOF_CONTROL`). */
  readonly path: string;
  close(): Promise<void>;
}

/** The socket lies in a directory of its own that only this user can enter; its path stays short enough for a socket. */
export async function serveControl(handler: ControlHandler): Promise<ControlServer> {
  const directory = await mkdtemp(join(tmpdir(), "swarmproof-"));
  const path = join(directory, "gate.sock");
  const sockets = new Set<Socket>();
  let workers = 0;
  const server = createServer((socket) => {
    workers += 1;
    sockets.add(socket);
    attach(socket, `worker-${workers}`, handler, () => sockets.delete(socket));
  });
  server.listen(path);
  await once(server, "listening");
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { path, close };
}

function attach(socket: Socket, worker: string, handler: ControlHandler, closed: () => void): void {
  const line = jsonLines(socket, {
    value: (value) => {
      const said = value as ToGate;
      if ("event" in said) handler.event(worker, said.event);
      else void answer(said);
    },
    closed: () => {
      closed();
      handler.gone(worker);
    },
  });
  const answer = async (ask: { readonly id: number } & Ask): Promise<void> => {
    const reply = await handler.ask(worker, ask).then(
      (value): ToWorker => ({ id: ask.id, answer: value ?? null }),
      (error: unknown): ToWorker => ({ id: ask.id, error: error instanceof Error ? error.message : String(error) }),
    );
    line.send(reply);
  };
}
