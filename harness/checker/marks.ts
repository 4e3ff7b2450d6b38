/**
 * What scripts tell checkers: typed marks, written with `World.mark`, read back from a stored history.
 *
 * A mark states a fact the history does not show by itself (which service is the subject, where a phase begins); it
 * never states a verdict, and a checker takes from it only what no answer, fault or probe could tell it. Knows no rule.
 */
import { z } from "zod";
import type { AttemptHistory } from "../history/attempt.ts";
import type { World } from "../world/world.ts";

export interface Marked<T> {
  readonly data: T;
  readonly t: number;
  readonly seq: number;
}

/** One kind of mark: scripts `set` it, checkers read it. Marks whose data do not fit the shape are not returned. */
export interface MarkKind<T> {
  readonly name: string;
  readonly set: (world: Pick<World, "mark">, data: T) => void;
  /** In order of recording. */
  readonly all: (history: AttemptHistory) => readonly Marked<T>[];
  readonly first: (history: AttemptHistory) => Marked<T> | undefined;
  readonly last: (history: AttemptHistory) => Marked<T> | undefined;
}

/** Suites with marks of their own make them here too, so that both ends share one shape. */
export function markOf<T>(name: string, shape: z.ZodType<T>): MarkKind<T> {
  const all = (history: AttemptHistory): readonly Marked<T>[] =>
    history.marks
      .filter((mark) => mark.name === name)
      .flatMap((mark) => {
        const parsed = shape.safeParse(mark.data);
        return parsed.success ? [{ data: parsed.data, t: mark.t, seq: mark.seq }] : [];
      });
  return {
    name,
    set: (world, data) => world.mark(name, data),
    all,
    first: (history) => all(history)[0],
    last: (history) => all(history).at(-1),
  };
}

/** A phase begins; it lasts until the next one or the end of the attempt. */
export const phase = markOf("phase", z.object({ phase: z.string() }));

/** A service under test. `as` is the part it plays for the checkers of the scenario (`subject`, `neighbour`, `web` …). */
const subjectShape = z.object({
  as: z.string(),
  id: z.string(),
  name: z.string(),
  /** Replicas wanted, -1 for a global service. */
  replicas: z.int(),
  /** `RestartPolicy.Delay` of its spec. */
  restartDelayMs: z.number().optional(),
});
export type Subject = z.infer<typeof subjectShape>;
export const subject = markOf("subject", subjectShape);

/** Something done on purpose that is no fault: `drain`, `update`, `scale`, `promote`. Set when its call was acknowledged. */
export const act = markOf(
  "act",
  z.object({ act: z.string(), node: z.string().optional(), service: z.string().optional(), data: z.unknown().optional() }),
);

/** From here on the script reads the final state from everywhere; nothing is changed any more. */
export const audit = markOf("audit", z.object({}));

export interface PhaseSpan {
  readonly phase: string;
  readonly from: number;
  readonly to: number;
}

/** Phases with both ends, in order. */
export function phasesOf(history: AttemptHistory): readonly PhaseSpan[] {
  const begun = phase.all(history);
  return begun.map((mark, index) => ({ phase: mark.data.phase, from: mark.t, to: begun[index + 1]?.t ?? history.endedAt }));
}

/** The first phase of that name. */
export function phaseOf(history: AttemptHistory, name: string): PhaseSpan | undefined {
  return phasesOf(history).find((span) => span.phase === name);
}

/** The last service marked to play that part. */
export function subjectOf(history: AttemptHistory, as: string): Marked<Subject> | undefined {
  return subject.all(history).findLast((mark) => mark.data.as === as);
}
