/** Fixture of the liar's self-test: just enough of an engine on 2375 to be lied about. Bundled into one file. */
import { createServer } from "node:http";

const created: string[] = [];
let reads = 0;

createServer((request, response) => {
  const path = (request.url ?? "").replace(/^\/v[\d.]+/u, "");
  const answer = (status: number, body: unknown): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.method === "POST" && path === "/services/create") {
    created.push("one");
    return answer(201, { ID: `real${created.length}` });
  }
  if (path === "/tasks") {
    reads += 1;
    return answer(200, [{ ID: "t1", Version: { Index: 40 + reads }, Status: { State: reads === 1 ? "starting" : "running" } }]);
  }
  if (path === "/services/s1") return answer(200, { ID: "s1", Version: { Index: 30 } });
  if (path === "/services") return answer(200, [{ ID: "s1", Version: { Index: 30 } }]);
  if (path === "/created") return answer(200, { created: created.length });
  return answer(404, { message: "page not found" });
}).listen(2375, "0.0.0.0", () => process.stdout.write("fake engine listens\n"));
