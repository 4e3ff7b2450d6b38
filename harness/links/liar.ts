/**
 * Switches a gateway to lying about the engine behind it, for self-tests of the judge only. The gateway refuses unless
 * it was started with `liarAllowed`.
 */
import { Agent } from "undici";
import { labCall } from "./lab-http.ts";
import type { LiarState, Lies } from "./gateway/protocol.ts";

export interface Liar {
  /** Replaces the lies told so far; `{}` tells the truth again. */
  tell(lies: Lies): Promise<void>;
  /** How often each lie was told. */
  told(): Promise<LiarState>;
}

export function liarOf(gatewayUrl: string): Liar {
  const call = async (method: "GET" | "POST", body?: string): Promise<string> => {
    const dispatcher = new Agent();
    try {
      return await labCall({ method, url: `${gatewayUrl}/liar`, dispatcher, limitMs: 2000, ...(body === undefined ? {} : { body }) });
    } finally {
      await dispatcher.close();
    }
  };
  return {
    tell: async (lies) => void (await call("POST", JSON.stringify(lies))),
    told: async () => JSON.parse(await call("GET")),
  };
}
