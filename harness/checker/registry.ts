/**
 * Rule id → its checker. One line per rule; variants of a rule share its checker. The catalogue and this table must
 * name the same rules, which the architecture suite sees to.
 */
import type { Checker } from "./checker.ts";

export const checkers: ReadonlyMap<string, Checker> = new Map<string, Checker>([]);
