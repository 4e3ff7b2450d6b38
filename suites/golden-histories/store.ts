/** Stores one attempt of a run as a recording: `node suites/golden-histories/store.ts EVENTS.jsonl SCENARIO#1 FILE.ndjson.gz`. */
import { storeRecording } from "../../harness/checker/testing/recording.ts";

const [journal, attempt, file] = process.argv.slice(2);
if (journal === undefined || attempt === undefined || file === undefined) {
  console.error("wanted: node suites/golden-histories/store.ts EVENTS.jsonl SCENARIO#1 FILE.ndjson.gz");
  process.exitCode = 2;
} else {
  console.log(`${file}: ${storeRecording(journal, attempt, file)} bytes`);
}
