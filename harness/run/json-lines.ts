/**
 * One JSON value per line over a socket, in order, both ways. Knows nothing of what is said.
 */
import type { Socket } from "node:net";
import { createInterface } from "node:readline";

export interface Line {
  send(value: unknown): void;
  /** Everything sent so far has been handed to the system; the other side sees the end. */
  end(): Promise<void>;
}

export interface LineListener {
  /** Called in order, one value at a time. */
  readonly value: (value: unknown) => void;
  /** Once, when the other side is gone, for whatever reason. */
  readonly closed: () => void;
}

/** A line that is not JSON ends the connection: the two sides no longer understand one another. */
export function jsonLines(socket: Socket, listener: LineListener): Line {
  socket.setNoDelay(true);
  const reader = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  reader.on("line", (line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      socket.destroy();
      return;
    }
    listener.value(value);
  });
  socket.on("error", () => socket.destroy());
  socket.once("close", () => listener.closed());
  return {
    send: (value) => {
      if (socket.writable) socket.write(`${JSON.stringify(value)}\n`);
    },
    end: () =>
      new Promise((resolve) => {
        if (!socket.writable) resolve();
        else socket.end(() => resolve());
      }),
  };
}
