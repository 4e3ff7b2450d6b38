/** One small HTTP call of the lab to an agent or a Toxiproxy, through the cluster's gateway, with a time limit. */
import type { Dispatcher } from "undici";
import { request } from "undici";

export interface LabCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  readonly dispatcher: Dispatcher;
  readonly limitMs: number;
  readonly body?: string;
  readonly type?: string;
}

/** The other side did not answer within the limit. */
export class LabTimeout extends Error {}

/** The other side said no; the message carries its words. */
export class LabRefusal extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export async function labCall(call: LabCall): Promise<string> {
  const signal = AbortSignal.timeout(call.limitMs);
  const what = `${call.method} ${call.url}`;
  try {
    const response = await request(call.url, {
      method: call.method,
      dispatcher: call.dispatcher,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(call.body === undefined ? {} : { body: call.body, headers: { "content-type": call.type ?? "application/json" } }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300)
      throw new LabRefusal(`${what} answered ${response.statusCode}: ${text.trim().slice(0, 500)}`, response.statusCode);
    return text;
  } catch (error) {
    if (error instanceof LabRefusal) throw error;
    if (signal.aborted) throw new LabTimeout(`${what} did not answer within ${call.limitMs} ms`, { cause: error });
    throw new Error(`${what} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
