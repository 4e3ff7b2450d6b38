/** Every checker passes a recording of a good run and sees each lie told about it: red was seen before green counts. */
import { describe, expect, test } from "vitest";
import { goodEvents, judged, sayings } from "./recorded.ts";
import { recordings } from "./recordings.ts";

describe.each(recordings)("recording of $name", (recorded) => {
  const events = goodEvents(recorded);

  test.each(recorded.rules)("as it was: %s passes", (rule) => {
    const judgement = judged(events, rule);
    expect({ outcome: judgement.outcome, said: sayings(judgement) }).toEqual({ outcome: "pass", said: [] });
  });

  test.each(recorded.lies)("$rule is $outcome when $doctored", ({ rule, tell, outcome, says }) => {
    const judgement = judged(tell(events), rule);
    const said = sayings(judgement);
    // What was said instead shows in the difference.
    expect({ outcome: judgement.outcome, said: said.find((saying) => saying.includes(says)) ?? said }).toEqual({
      outcome,
      said: expect.stringContaining(says),
    });
  });
});

test("every rule has a recording that it passes, a lie that it calls a violation and one that leaves it undecided", () => {
  const rules = [...new Set(recordings.flatMap((recorded) => recorded.rules))];
  const lies = recordings.flatMap((recorded) => recorded.lies);
  const without = (outcome: "fail" | "inconclusive"): readonly string[] =>
    rules.filter((rule) => lies.every((lie) => lie.rule !== rule || lie.outcome !== outcome));
  expect({ fail: without("fail"), inconclusive: without("inconclusive") }).toEqual({ fail: [], inconclusive: [] });
});
