/** The table of `doctor` for a person, and what to do next below it. */
import { styleText } from "node:util";
import Table from "cli-table3";
import { fitForContainers } from "./doctor.ts";
import type { Check, CheckState } from "./doctor.ts";

const COLOURS: Readonly<Record<CheckState, "green" | "red" | "yellow" | "dim">> = {
  ok: "green",
  missing: "red",
  warn: "yellow",
  info: "dim",
};

const NO_ROW_LINES = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

export interface TableOptions {
  readonly colour: boolean;
  /** Of the terminal; the two text columns share what is left. */
  readonly width: number;
}

export function renderDoctor(checks: readonly Check[], options: TableOptions): string {
  const text = Math.max(24, Math.floor((options.width - 14) / 2));
  const table = new Table({
    head: ["state", "prerequisite", "found, and mend"],
    style: { head: [], border: [] },
    chars: NO_ROW_LINES,
    wordWrap: true,
    colWidths: [9, text, text],
  });
  for (const check of checks) {
    const state = options.colour ? styleText(COLOURS[check.state], check.state, { validateStream: false }) : check.state;
    table.push([state, check.title, check.mend === undefined ? check.found : `${check.found}\n→ ${check.mend}`]);
  }
  return `${table.toString()}\n${conclusion(checks)}\n`;
}

function conclusion(checks: readonly Check[]): string {
  if (fitForContainers(checks)) return "ready: ./swarmproof gate";
  const count = checks.filter((check) => check.state === "missing").length;
  return `${count} ${count === 1 ? "prerequisite is" : "prerequisites are"} missing; without containers: ./swarmproof gate --arm simulation`;
}
