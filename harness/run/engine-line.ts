/**
 * The line of `doctor` about the container engine, for whoever needed one and found none.
 */
import { doctor } from "./doctor.ts";

export async function engineLine(cause: unknown): Promise<string> {
  const checks = await doctor();
  const engine = checks.find((check) => check.state === "missing" && check.id.startsWith("engine"));
  const found = engine?.found ?? (cause instanceof Error ? cause.message : String(cause));
  const mend = engine?.mend === undefined ? "" : `; ${engine.mend}`;
  return `no container engine answers: ${found}${mend}`;
}
