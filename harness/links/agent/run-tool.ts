/** Runs one of the pod's tools and reports what it printed. Never throws for a tool that says no. */
import { execFile } from "node:child_process";

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LIMIT_MS = 4000;

export function runTool(command: string, args: readonly string[], input?: string): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = execFile(command, [...args], { timeout: LIMIT_MS, maxBuffer: 32 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr: error !== null && stderr === "" ? error.message : stderr });
    });
    // A tool that ends before it has read everything closes the pipe; its exit code tells the story.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
}
