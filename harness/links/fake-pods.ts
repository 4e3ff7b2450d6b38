/**
 * Fixture of the unit tests: pods without containers. Each keeps what a real one would (table, sets, proxies with their
 * toxics) and canaries go the way these say, in no time. Says nothing about how the real server behaves; that is what
 * `selftest` is for.
 */
import type { Arrival, CanaryDial, CanaryOutcome, CanaryReply, Observation } from "./agent/protocol.ts";
import type { LinkEnd } from "./pod.ts";
import { CANARY_PORT } from "./ports.ts";
import type { ProxyWanted, RawProxy, ToxicWanted } from "./toxiproxy.ts";

type Toxic = RawProxy["toxics"][number];
type MutableProxy = { -readonly [K in keyof RawProxy]: RawProxy[K] };

const QUICK_MS = 0.5;

export class FakePod implements LinkEnd {
  readonly name: string;
  readonly address: string;
  readonly proxies = new Map<string, MutableProxy>();
  readonly steering = new Map<string, { readonly to: string; packets: number }>();
  readonly calls: string[] = [];
  readonly arrivals: Arrival[] = [];
  cutDial: readonly string[] = [];
  deafUdp: readonly string[] = [];
  ipv6Disabled = true;
  pid = 100;
  /** Thrown by the next admin call that changes something. */
  nextFailure: Error | undefined;
  readonly #fabric: readonly FakePod[];

  constructor(name: string, address: string, fabric: readonly FakePod[]) {
    this.name = name;
    this.address = address;
    this.#fabric = fabric;
  }

  readonly agent: LinkEnd["agent"] = {
    loadNft: async (text) => this.#load(text),
    observe: async () => this.#observation(),
    canary: async (dials) => dials.map((dial) => this.#dial(dial)),
    arrived: async (prefix) => this.arrivals.filter((each) => each.nonce.startsWith(prefix)),
    clear: async () => ({ removed: [], failed: [] }),
    killToxiproxy: async () => {
      const pid = this.pid;
      this.pid += 1;
      this.proxies.clear();
      this.calls.push("kill");
      return { pid };
    },
  };

  readonly toxiproxy: { -readonly [K in keyof LinkEnd["toxiproxy"]]: LinkEnd["toxiproxy"][K] } = {
    version: async () => "fake",
    raw: async () => [...this.proxies.values()],
    populate: async (wanted) => {
      for (const proxy of wanted) if (!this.proxies.has(proxy.name)) this.proxies.set(proxy.name, { ...proxy, enabled: true, toxics: [] });
    },
    setEnabled: async (proxy, enabled) => this.#change(proxy, enabled ? "enable" : "disable", (each) => void (each.enabled = enabled)),
    addToxic: async (proxy, toxic) =>
      this.#change(proxy, `add ${toxic.name}`, (each) => void (each.toxics = [...each.toxics, listed(toxic)])),
    updateToxic: async (proxy, toxic) =>
      this.#change(proxy, `update ${toxic.name}`, (each) => {
        each.toxics = each.toxics.map((other) => (other.name === toxic.name ? listed(toxic) : other));
      }),
    removeToxic: async (proxy, name) =>
      this.#change(proxy, `remove ${name}`, (each) => void (each.toxics = each.toxics.filter((other) => other.name !== name))),
  };

  #change(wanted: ProxyWanted, call: string, change: (proxy: MutableProxy) => void): void {
    this.calls.push(`${wanted.name} ${call}`);
    const failure = this.nextFailure;
    this.nextFailure = undefined;
    if (failure !== undefined) throw failure;
    const proxy = this.proxies.get(wanted.name);
    if (proxy === undefined) throw new Error(`no proxy ${wanted.name}`);
    change(proxy);
  }

  #load(text: string): void {
    if (text.includes("chain nat_out")) {
      for (const [, address, port, to] of text.matchAll(/ip daddr (\S+) tcp dport (\d+) counter dnat to (\S+)/gu)) {
        this.steering.set(`${address}:${port}`, { to: to ?? "", packets: 0 });
      }
    }
    if (text.includes("flush set")) {
      this.cutDial = elementsOf(text, "cut_dial");
      this.deafUdp = elementsOf(text, "deaf_udp").map((each) => each.replace(" . ", ":"));
    }
  }

  #observation(): Observation {
    const exempt = { rule: { chain: "nat_out", expr: [{ match: { right: 9999 } }, { return: null }] } };
    const rules = [...this.steering].map(([from, { to, packets }]) => {
      const [address, port] = from.split(":");
      const [listener, listenerPort] = to.split(":");
      const steer = { dnat: { addr: listener, port: Number(listenerPort) } };
      return {
        rule: {
          chain: "nat_out",
          expr: [match("daddr", address), match("dport", Number(port)), { counter: { packets, bytes: 0 } }, steer],
        },
      };
    });
    const sets = [
      { set: { name: "cut_dial", elem: this.cutDial } },
      { set: { name: "deaf_udp", elem: this.deafUdp.map((each) => ({ concat: each.split(":") })) } },
    ];
    const nft = JSON.stringify({ nftables: this.steering.size === 0 ? sets : [...sets, exempt, ...rules] });
    return { nft, conntrack: "", sockets: "", ipv6: { disabled: this.ipv6Disabled, addresses: [] }, toxiproxyPid: this.pid };
  }

  #dial(dial: CanaryDial): CanaryReply {
    const peer = this.#fabric.find((each) => each.address === dial.address);
    const way =
      peer === undefined
        ? { arrives: false, outcome: "refused" as const }
        : dial.protocol === "udp"
          ? this.#overUdp(peer)
          : this.#overTcp(peer, dial);
    if (way.arrives && peer !== undefined) peer.arrivals.push({ nonce: dial.nonce, protocol: dial.protocol, from: this.address, atMs: 0 });
    const { arrives: _arrives, ...ending } = way;
    return { peer: dial.peer, protocol: dial.protocol, nonce: dial.nonce, tookMs: QUICK_MS, ...ending };
  }

  #overUdp(peer: FakePod): { readonly arrives: boolean; readonly outcome: CanaryOutcome; readonly echoMs?: number } {
    if (peer.deafUdp.includes(`${this.address}:${CANARY_PORT}`)) return { arrives: false, outcome: "silent" };
    if (this.deafUdp.includes(`${peer.address}:${CANARY_PORT}`)) return { arrives: true, outcome: "silent" };
    return { arrives: true, outcome: "echo", echoMs: QUICK_MS };
  }

  #overTcp(
    peer: FakePod,
    dial: CanaryDial,
  ): { readonly arrives: boolean; readonly outcome: CanaryOutcome; readonly echoMs?: number; readonly closeMs?: number } {
    if (this.cutDial.includes(peer.address)) return { arrives: false, outcome: "connect-timeout" };
    const listener = this.steering.get(`${peer.address}:${CANARY_PORT}`)?.to;
    const proxy = [...this.proxies.values()].find((each) => each.listen === listener);
    if (listener === undefined) return { arrives: true, outcome: "echo", echoMs: QUICK_MS };
    if (proxy?.enabled !== true) return { arrives: false, outcome: "refused" };
    const up = proxy.toxics.filter((toxic) => toxic.stream === "upstream");
    const down = proxy.toxics.filter((toxic) => toxic.stream === "downstream");
    if (has(up, "timeout")) return { arrives: false, outcome: "silent" };
    if (has(up, "reset_peer")) return { arrives: false, outcome: "reset" };
    if (has(down, "timeout")) return { arrives: true, outcome: "silent" };
    if (has(down, "reset_peer")) return { arrives: true, outcome: "reset" };
    const sample = Number(dial.nonce.slice(dial.nonce.lastIndexOf(".") + 1));
    const echoMs = QUICK_MS + proxy.toxics.reduce((sum, toxic) => sum + delayOf(toxic, dial.paddingBytes ?? 0, sample), 0);
    const closeMs =
      QUICK_MS + proxy.toxics.reduce((sum, toxic) => sum + (toxic.type === "slow_close" ? (toxic.attributes["delay"] ?? 0) : 0), 0);
    return { arrives: true, outcome: "echo", echoMs, ...(dial.timeClose === true ? { closeMs } : {}) };
  }
}

export function fakePods(names: readonly string[]): readonly FakePod[] {
  const pods: FakePod[] = [];
  for (const [index, name] of names.entries()) pods.push(new FakePod(name, `10.0.0.${11 + index}`, pods));
  return pods;
}

function match(field: string, right: unknown) {
  return { match: { op: "==", left: { payload: { field } }, right } };
}

function delayOf(toxic: Toxic, paddingBytes: number, sample: number): number {
  const { attributes } = toxic;
  const of = (name: string): number => attributes[name] ?? 0;
  switch (toxic.type) {
    case "latency":
      return of("latency") + (sample % 2 === 0 ? -1 : 1) * of("jitter");
    case "bandwidth":
      return paddingBytes / of("rate");
    case "slicer":
      return (paddingBytes / of("average_size")) * (of("delay") / 1000);
    default:
      return 0;
  }
}

function has(toxics: readonly Toxic[], type: string): boolean {
  return toxics.some((toxic) => toxic.type === type);
}

function listed(toxic: ToxicWanted): Toxic {
  return { name: toxic.name, type: toxic.type, stream: toxic.stream, toxicity: 1, attributes: { ...toxic.attributes } };
}

function elementsOf(text: string, set: string): readonly string[] {
  const found = new RegExp(`add element ip chaos ${set} \\{ (.*) \\}`, "u").exec(text)?.[1];
  return found === undefined ? [] : found.split(", ");
}
