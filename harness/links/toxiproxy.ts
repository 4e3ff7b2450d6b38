/**
 * Toxiproxy of one pod, through toxiproxy-node-client with an own HTTP body: every call goes through the gateway, is
 * limited to two seconds and fails with the server's words. A call past the limit means the server is wedged (it holds
 * its lock) and must be killed and populated again; `LabTimeout` says so. `/reset` is never used: it would take
 * everyone's toxics and enable disabled proxies.
 */
import type { Dispatcher } from "undici";
import { Proxy as ClientProxy, Toxic as ClientToxic, Toxiproxy } from "toxiproxy-node-client";
import { labCall } from "./lab-http.ts";

export const ADMIN_LIMIT_MS = 2000;

export type Stream = "upstream" | "downstream";

/** Attributes tied to their type: the server takes a wrong name silently as 0. */
export type ToxicBody =
  | { readonly type: "latency"; readonly attributes: { readonly latency: number; readonly jitter: number } }
  | { readonly type: "bandwidth"; readonly attributes: { readonly rate: number } }
  | { readonly type: "slow_close"; readonly attributes: { readonly delay: number } }
  | { readonly type: "timeout"; readonly attributes: { readonly timeout: number } }
  | {
      readonly type: "slicer";
      readonly attributes: { readonly average_size: number; readonly size_variation: number; readonly delay: number };
    }
  | { readonly type: "reset_peer"; readonly attributes: { readonly timeout: number } };

export type ToxicWanted = ToxicBody & { readonly name: string; readonly stream: Stream };

export interface ProxyWanted {
  readonly name: string;
  /** Concrete address; `0.0.0.0` would read back changed and restart the proxy. */
  readonly listen: string;
  readonly upstream: string;
}

/** As `GET /proxies` lists it: the evidence, toxics included. */
export interface RawProxy {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly {
    readonly name: string;
    readonly type: string;
    readonly stream: string;
    readonly toxicity: number;
    readonly attributes: Readonly<Record<string, number>>;
  }[];
}

export class ToxiproxyAdmin {
  readonly #base: string;
  readonly #dispatcher: Dispatcher;
  readonly #client: Toxiproxy;

  constructor(base: string, dispatcher: Dispatcher) {
    this.#base = base;
    this.#dispatcher = dispatcher;
    this.#client = new Toxiproxy(base);
    Object.assign(this.#client.api, {
      get: async (url: string) => ({ data: JSON.parse(await this.#call("GET", url)) }),
      post: async (url: string, body?: unknown) => {
        const text = await this.#call("POST", url, JSON.stringify(body ?? {}));
        return { data: text === "" ? undefined : JSON.parse(text) };
      },
      delete: async (url: string) => void (await this.#call("DELETE", url)),
      getText: (url: string) => this.#call("GET", url),
    });
  }

  /** Creates what is missing; keeps the toxics of what is there unchanged. One call for the whole pod. */
  async populate(proxies: readonly ProxyWanted[]): Promise<void> {
    // A pod without peers: the server answers an empty list with `null`, which the client cannot read.
    if (proxies.length === 0) return;
    await this.#client.populate(proxies.map((proxy) => ({ ...proxy, enabled: true })));
  }

  async setEnabled(proxy: ProxyWanted, enabled: boolean): Promise<void> {
    await this.#proxy(proxy).update({ listen: proxy.listen, upstream: proxy.upstream, enabled });
  }

  async addToxic(proxy: ProxyWanted, toxic: ToxicWanted): Promise<void> {
    await this.#proxy(proxy).addToxic<unknown>({ ...toxic, toxicity: 1 });
  }

  async updateToxic(proxy: ProxyWanted, toxic: ToxicWanted): Promise<void> {
    await this.#toxic(proxy, toxic).update({ ...toxic, toxicity: 1 });
  }

  async removeToxic(proxy: ProxyWanted, name: string): Promise<void> {
    await this.#client.api.delete(`${this.#proxy(proxy).getPath()}/toxics/${name}`);
  }

  /** Straight from the server: the client's own listing leaves the toxics out. */
  async raw(): Promise<readonly RawProxy[]> {
    const listed: Readonly<Record<string, RawProxy>> = JSON.parse(await this.#call("GET", `${this.#base}/proxies`));
    return Object.values(listed).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  version(): Promise<string> {
    return this.#client.getVersion();
  }

  #proxy(proxy: ProxyWanted): ClientProxy {
    return new ClientProxy(this.#client, { ...proxy, enabled: true, toxics: [] });
  }

  #toxic(proxy: ProxyWanted, toxic: ToxicWanted): ClientToxic<unknown> {
    return new ClientToxic<unknown>(this.#client.api, this.#proxy(proxy).getPath(), { ...toxic, toxicity: 1 });
  }

  #call(method: "GET" | "POST" | "DELETE", url: string, body?: string): Promise<string> {
    return labCall({ method, url, dispatcher: this.#dispatcher, limitMs: ADMIN_LIMIT_MS, ...(body === undefined ? {} : { body }) });
  }
}
