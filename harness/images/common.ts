/** Parts that several image definitions share. */
import { fileURLToPath } from "node:url";

/** Bookworm: its Docker Engine is 20.10, and every other image wants nothing newer. */
export const SUITE = "bookworm";

/** What the Node.js binary is linked against. */
export const NODE_PACKAGES = ["libc6", "libstdc++6", "libgcc-s1"] as const;

/** A shell of its own: busybox's would take its applets (`ip`, `setpriv`) before the real programs on the path. */
export const SHELL_PACKAGES = ["dash", "busybox-static"] as const;

/** Needed by maintainer scripts, which never run here. */
export const MAINTAINER_ONLY = ["perl*", "libperl*", "adduser", "debconf", "dpkg", "tar", "passwd", "libpam*", "libsemanage*"] as const;

export const LEFT_OUT = ["./usr/share", "./usr/lib/*/gconv", "./usr/lib/*/perl*", "./var/cache"] as const;

/** Links for the applets that scripts and people use; a real program of the same name stays. */
export function busyboxLinks(applets: string): Readonly<Record<string, string>> {
  const names = applets.split(" ");
  return Object.fromEntries([...names.map((name) => [`/usr/bin/${name}`, "/usr/bin/busybox"]), ["/usr/bin/[", "/usr/bin/busybox"]]);
}

export const DASH = { "/usr/bin/sh": "dash" } as const;

export const APPLETS =
  "ash cat chmod cp cut date dd df dirname du echo env expr false find grep head hostname id kill killall ln ls mkdir mkfifo " +
  "modprobe mount mv nc netstat nslookup pgrep pidof ping printf ps readlink rm rmdir sed seq setsid sleep sort stat sync tail tar " +
  "tee test timeout top touch tr true umount uname uniq usleep vi wc wget which xargs";

/** A file beside the given module. */
export function beside(moduleUrl: string, name: string): string {
  return fileURLToPath(new URL(name, moduleUrl));
}
