/**
 * The published JSON Schema (2020-12) of `result.json`, made from the zod shape that writes it.
 * `node reports/schema/result-schema.ts` writes the file anew after a change.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { resultSchema } from "../../harness/run/result.ts";

export const resultSchemaFile = join(import.meta.dirname, "result.schema.json");

export function resultJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(resultSchema, { target: "draft-2020-12" }), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(resultSchemaFile, resultJsonSchema());
