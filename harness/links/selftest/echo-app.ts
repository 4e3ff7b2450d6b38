/**
 * Fixture of the self-tests: a target that talks. Joined to a pod's namespace it echoes on the swarm and gossip ports,
 * remembers what it heard and how connections ended, and opens connections of its own on request. Bundled into one file.
 */
import { createSocket } from "node:dgram";
import { createServer as createHttp } from "node:http";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { networkInterfaces } from "node:os";

const CONTROL_PORT = 8480;
const PORTS = [2377, 7946];

interface Held {
  readonly socket: Socket;
  readonly endings: string[];
  received: string;
}

const held = new Map<string, Held>();
const heard: string[] = [];
/** How connections opened by others ended: `fin` or an error code, with the remote address. */
const peerEndings: string[] = [];
let accepted = 0;

const own = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find((each) => !each.internal && each.family === "IPv4");
const address = own?.address ?? "0.0.0.0";

for (const port of PORTS) {
  createServer({ noDelay: true }, (socket) => {
    accepted += 1;
    socket.on("data", (chunk) => {
      heard.push(chunk.toString("latin1").slice(0, 100));
      socket.write(chunk);
    });
    socket.on("end", () => peerEndings.push(`${socket.remoteAddress} fin`));
    socket.on("error", (error: NodeJS.ErrnoException) => peerEndings.push(`${socket.remoteAddress} ${error.code}`));
  }).listen(port, address);
}

const datagrams = createSocket("udp4");
datagrams.on("message", (message) => heard.push(message.toString("latin1")));
datagrams.bind(7946, address);

type Ask = {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly text: string;
  readonly limitMs: number;
  readonly paddingBytes?: number;
};

const actions: Readonly<Record<string, (ask: Ask) => Promise<unknown>>> = {
  "/open": async (ask) => open(ask),
  "/say": async (ask) => say(ask),
  "/end": async ({ id }) => ({ ended: held.get(id)?.socket.end() !== undefined }),
  "/send-datagram": async (ask) => {
    datagrams.send(ask.text, ask.port, ask.address);
    return {};
  },
  "/heard": async ({ text }) => ({ heard: heard.filter((each) => each.startsWith(text)).length, accepted, peerEndings }),
  "/endings": async ({ id }) => ({ endings: held.get(id)?.endings ?? ["unknown"] }),
};

function open({ id, address: to, port, limitMs }: Ask): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect({ host: to, port, noDelay: true });
    const each: Held = { socket, endings: [], received: "" };
    held.set(id, each);
    const timer = setTimeout(() => {
      resolve({ outcome: "connect-timeout" });
      socket.destroy();
    }, limitMs);
    socket.on("connect", () => {
      clearTimeout(timer);
      resolve({ outcome: "connected" });
    });
    socket.on("data", (chunk) => (each.received += chunk.toString("latin1")));
    socket.on("end", () => each.endings.push("fin"));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      each.endings.push(error.code ?? error.message);
      resolve({ outcome: error.code ?? error.message });
    });
  });
}

async function say({ id, text, limitMs, paddingBytes }: Ask): Promise<unknown> {
  const each = held.get(id);
  if (each === undefined || each.endings.length > 0) return { outcome: each?.endings[0] ?? "unknown", ms: 0 };
  const message = text + ".".repeat(paddingBytes ?? 0);
  const begun = performance.now();
  each.received = "";
  each.socket.write(message);
  for (;;) {
    const ms = Math.round(performance.now() - begun);
    if (each.endings.length > 0) return { outcome: each.endings[0], ms };
    if (each.received.length >= message.length) return { outcome: "echo", ms };
    if (ms >= limitMs) return { outcome: "silent", ms };
    await new Promise((wake) => setTimeout(wake, 1));
  }
}

createHttp((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (text += chunk));
  request.on("end", () => {
    const action = actions[request.url ?? ""];
    if (action === undefined) return response.writeHead(404).end();
    void action(JSON.parse(text === "" ? "{}" : text)).then((answer) => response.end(JSON.stringify(answer)));
    return undefined;
  });
}).listen(CONTROL_PORT, address, () => process.stdout.write("echo app listens\n"));
