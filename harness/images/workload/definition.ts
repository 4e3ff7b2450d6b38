/** The workload images: busybox and the scripts of `suites/workloads/files`; the version is a file in the image. */
import { APPLETS, LEFT_OUT, MAINTAINER_ONLY, SUITE, busyboxLinks } from "../common.ts";
import type { ImageDefinition } from "../definition.ts";
import { script, text } from "../image-file.ts";

export type WorkloadVersion = "1" | "2" | "broken";

/** `files` is the directory that holds the scripts. */
export async function workloadDefinition(version: WorkloadVersion, files: string): Promise<ImageDefinition> {
  return {
    name: `workload:${version}`,
    suite: SUITE,
    packages: ["busybox-static"],
    notUnpacked: MAINTAINER_ONLY,
    leftOut: LEFT_OUT,
    files: [
      await script("/workload/run", `${files}/run.sh`),
      await script("/workload/healthy", `${files}/healthy.sh`),
      await script("/workload/www/cgi-bin/index.cgi", `${files}/index.cgi`),
      text("/workload/version", `${version}\n`),
    ],
    links: busyboxLinks(`sh ${APPLETS} httpd`),
    entrypoint: ["/workload/run"],
    environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    volumes: [],
    check: {
      command: ["/bin/sh", "-c", "cat /workload/version && test -x /workload/run && httpd --help 2>&1"],
      expect: new RegExp(`^${version}\\n[^]*BusyBox`),
    },
  };
}
