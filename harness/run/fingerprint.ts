/**
 * The fingerprint of a failure: rule and error without what differs from run to run. Two failures with one fingerprint
 * are taken for the same bug by waivers and comparisons.
 */
import type { Finding } from "../checker/checker.ts";

/** Order matters: ids and times are taken out before bare numbers. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{12,64}\b/g, "<id>"],
  [/\b[0-9a-z]{25}\b/g, "<id>"],
  [/\d{4}-\d{2}-\d{2}T[\d:.]+Z?/g, "<time>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<address>"],
  [/\b[mw]\d+\b/g, "<node>"],
  [/\d+(?:\.\d+)?\s?(?:ms|s|min)\b/g, "<duration>"],
  [/\d+(?:\.\d+)?/g, "<n>"],
  [/(?:<node>(?:, | and )?){2,}/g, "<nodes>"],
  [/\s+/g, " "],
];

export function fingerprintOf(ref: string, finding: Finding): string {
  const plain = varying.reduce((text, [form, word]) => text.replace(form, word), `${finding.expected} | ${finding.observed}`);
  return `${ref.toLowerCase()}:${plain.trim().slice(0, 200)}`;
}
