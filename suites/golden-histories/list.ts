/** Prints what was doctored and what was said to it: `node suites/golden-histories/list.ts`. */
import { goodEvents, judged, sayings } from "./recorded.ts";
import { recordings } from "./recordings.ts";

for (const recorded of recordings) {
  const events = goodEvents(recorded);
  console.log(`${recorded.name}: as recorded ${recorded.rules.map((rule) => `${rule} ${judged(events, rule).outcome}`).join(", ")}`);
  for (const { rule, doctored, tell, says } of recorded.lies) {
    const judgement = judged(tell(events), rule);
    const said = sayings(judgement).find((saying) => saying.includes(says)) ?? "nothing of the kind";
    console.log(`  ${rule}: ${doctored}\n    -> ${judgement.outcome}: ${said}`);
  }
}
