/**
 * Debian packages, resolved and fetched by apt into a directory of our own, and unpacked without running any
 * maintainer script. Where packages come from is taken from the machine's apt configuration: the addresses of its
 * Debian sources, with the release put in its place. Nothing of the machine's own package state is read or changed.
 */
import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "./run.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const RELEASES = "bullseye|bookworm|trixie|forky|duke|sid|unstable|testing|stable|oldstable|oldoldstable";
const RELEASE = new RegExp(`^(?:${RELEASES})(-security|-updates)?$`);

export interface AptSource {
  readonly uri: string;
  readonly release: string;
  readonly component: string;
}

/** The lines of `apt-get indextargets` as asked for below; sources of other vendors are left out. */
export function debianSources(listing: string, suite: string): readonly AptSource[] {
  const seen = new Map<string, AptSource>();
  for (const line of listing.split("\n")) {
    const [uri = "", release = "", component = "", origin = ""] = line.split("\t");
    const match = RELEASE.exec(release);
    // Without fetched lists apt does not know the origin yet and leaves the placeholder as it is.
    const ofDebian = origin === "Debian" || (!/^\w/.test(origin) && uri.includes("debian"));
    if (match === null || component !== "main" || !ofDebian) continue;
    const source = { uri, release: `${suite}${match[1] ?? ""}`, component };
    seen.set(`${source.uri} ${source.release}`, source);
  }
  return [...seen.values()];
}

/** The machine's Debian sources, with `suite` in place of their release. */
export async function aptSources(run: Run, suite: string, signal: AbortSignal): Promise<readonly AptSource[]> {
  const format = "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)\t$(ORIGIN)";
  return debianSources(await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], { signal }), suite);
}

/** One apt state directory for one release; to be made in a temporary place and thrown away. */
export class DebianPackages {
  readonly #run: Run;
  readonly #directory: string;
  readonly #suite: string;
  #options: Promise<readonly string[]> | undefined;

  constructor(run: Run, directory: string, suite: string) {
    this.#run = run;
    this.#directory = join(directory, suite);
    this.#suite = suite;
  }

  /** Downloads the packages with all they depend on; returns the paths of the `.deb` files. */
  async fetch(packages: readonly string[], label: string, signal: AbortSignal): Promise<readonly string[]> {
    this.#options ??= this.#prepare(signal);
    const archives = join(this.#directory, `archives-${label}`);
    await mkdir(join(archives, "partial"), { recursive: true });
    const options = [...(await this.#options), "-o", `Dir::Cache::archives=${archives}`];
    await this.#run("apt-get", [...options, "--yes", "--download-only", "install", ...packages], { signal });
    const files = await readdir(archives);
    return files.filter((file) => file.endsWith(".deb")).map((file) => join(archives, file));
  }

  async #prepare(signal: AbortSignal): Promise<readonly string[]> {
    const at = (name: string) => join(this.#directory, name);
    await mkdir(at("lists/partial"), { recursive: true });
    await mkdir(at("none"), { recursive: true });
    await writeFile(at("status"), "");
    await writeFile(at("sources.list"), await this.#sources(signal));
    const settings = {
      "Dir::State": this.#directory,
      "Dir::State::lists": at("lists"),
      "Dir::State::status": at("status"),
      "Dir::Cache": this.#directory,
      "Dir::Etc::sourcelist": at("sources.list"),
      "Dir::Etc::sourceparts": at("none"),
      "Dir::Etc::preferences": at("none/none"),
      "Dir::Etc::preferencesparts": at("none"),
      "APT::Install-Recommends": "false",
      "APT::Sandbox::User": "root",
      "Acquire::Languages": "none",
      "Debug::NoLocking": "true",
    };
    const options = ["--quiet=2", ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`])];
    await this.#run("apt-get", [...options, "update"], { signal });
    return options;
  }

  async #sources(signal: AbortSignal): Promise<string> {
    const sources = await aptSources(this.#run, this.#suite, signal);
    if (sources.length === 0) {
      throw new Error("apt on this machine names no Debian source to take packages from; see /etc/apt/sources.list.d");
    }
    const keyring = (await access(KEYRING).then(
      () => true,
      () => false,
    ))
      ? ` [signed-by=${KEYRING}]`
      : "";
    return sources.map((source) => `deb${keyring} ${source.uri} ${source.release} ${source.component}\n`).join("");
  }
}
