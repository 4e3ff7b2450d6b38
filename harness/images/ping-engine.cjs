// Exit status 0 when a container engine answers. For the start script: plain JavaScript and, for local addresses, no
// package, because it runs at every start. Argument: the project's root.
const http = require("node:http");
const { join } = require("node:path");

const LIMIT_MS = 3000;
const host = process.env.DOCKER_HOST ?? "";
const end = (answered) => process.exit(answered ? 0 : 1);

function ping(target) {
  const request = http.get({ ...target, path: "/_ping", timeout: LIMIT_MS }, (response) => end(response.statusCode === 200));
  request.on("timeout", () => end(false));
  request.on("error", () => end(false));
}

if (host.startsWith("unix://")) {
  ping({ socketPath: host.slice("unix://".length) });
} else if (host === "" && process.platform === "linux") {
  ping({ socketPath: "/var/run/docker.sock" });
} else {
  // TLS, ssh and the places where Docker Desktop keeps its socket are the client library's business.
  const Docker = require(join(process.argv[2] ?? ".", "node_modules/dockerode"));
  setTimeout(() => end(false), LIMIT_MS);
  new Docker().ping().then(
    () => end(true),
    () => end(false),
  );
}
