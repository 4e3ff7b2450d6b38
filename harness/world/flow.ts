/**
 * Flows: work that asks its surroundings for something and goes on with the answer, written once as a generator and
 * carried out by two drivers – with promises in `core.ts`, with callbacks and no promise at all in
 * `campaign-sync.ts`. Nothing is decided in a driver, so both arms decide alike.
 */
import type { ApiRequest, Outcome } from "../client/exchange.ts";
import type { ConcreteFault, FaultReport, HealReport } from "../nemesis/fault.ts";

/** What a flow may ask of a port. */
export type PortAsk =
  | { readonly ask: "call"; readonly node: string; readonly request: ApiRequest; readonly deadlineMs: number }
  | { readonly ask: "install"; readonly handle: string; readonly fault: ConcreteFault }
  | { readonly ask: "remove"; readonly handle: string };

/** What a wait asks: the condition it was given, or that time passes. */
export type WaitAsk = { readonly ask: "evaluate" } | { readonly ask: "sleep"; readonly ms: number };

/** The driver answers each ask in kind; an ask that failed is thrown into the flow. */
export type Flow<Ask, Result> = Generator<Ask, Result, unknown>;

export function* call(node: string, request: ApiRequest, deadlineMs: number): Flow<PortAsk, Outcome> {
  return (yield { ask: "call", node, request, deadlineMs }) as Outcome;
}
export function* install(handle: string, fault: ConcreteFault): Flow<PortAsk, FaultReport> {
  return (yield { ask: "install", handle, fault }) as FaultReport;
}
export function* remove(handle: string): Flow<PortAsk, HealReport> {
  return (yield { ask: "remove", handle }) as HealReport;
}

/** Carries a flow out with promises. */
export async function drive<Ask, Result>(flow: Flow<Ask, Result>, answer: (ask: Ask) => Promise<unknown>): Promise<Result> {
  let step = flow.next();
  while (step.done !== true) {
    let given: { readonly value: unknown } | { readonly error: unknown };
    try {
      given = { value: await answer(step.value) };
    } catch (error) {
      given = { error };
    }
    step = "error" in given ? flow.throw(given.error) : flow.next(given.value);
  }
  return step.value;
}
