import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { resultOf } from "../../harness/run/result.ts";
import { sampleEvents, sampleRules } from "../../harness/run/testing/sample-run.ts";
import { resultJsonSchema, resultSchemaFile } from "./result-schema.ts";

function validator() {
  const ajv = new Ajv.default({ strict: true, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(JSON.parse(readFileSync(resultSchemaFile, "utf8")));
}

test("result schema: the published file is what the writer's shape says; else run node reports/schema/result-schema.ts", () => {
  expect(JSON.parse(readFileSync(resultSchemaFile, "utf8"))).toEqual(JSON.parse(resultJsonSchema()));
});

test.each([
  ["a whole run", true],
  ["a run that was killed", false],
])("result schema: the result of %s is valid", (_name, whole) => {
  const validate = validator();
  const valid = validate(JSON.parse(JSON.stringify(resultOf(sampleRules, sampleEvents(whole)))));
  expect(validate.errors).toBeNull();
  expect(valid).toBe(true);
});

test("result schema: an unknown verdict and an unknown field are refused", () => {
  const validate = validator();
  const result = JSON.parse(JSON.stringify(resultOf(sampleRules, sampleEvents())));
  expect(validate({ ...result, rules: [{ ...result.rules[0], verdict: "fine" }] })).toBe(false);
  expect(validate({ ...result, extra: 1 })).toBe(false);
});
