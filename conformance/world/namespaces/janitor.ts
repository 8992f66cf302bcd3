import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

/**
 * Waits for the end of its standard input; then ends every process in the namespaces and deletes them, and the folders
 * after the word `--`. A namespace that was never made is passed over.
 */
const SCRIPT = `
cat >/dev/null
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  for pid in $(ip netns pids "$1" 2>/dev/null); do kill -9 "$pid"; done
  ip netns delete "$1"
  shift
done
[ $# -eq 0 ] || rm -rf "$@"
`;

/** What is to be taken away. */
export interface Belongings {
  /** Names of network namespaces. */
  readonly namespaces: readonly string[];
  /** Absolute paths. Default none. */
  readonly folders?: readonly string[];
}

/**
 * A process of its own that takes network namespaces away, with all that runs in them, when it is told to or when the
 * process that hired it has ended, however it ended: then nobody holds the other end of its standard input any more.
 */
export class Janitor {
  readonly #child: ChildProcessByStdio<Writable, null, null>;
  readonly #exited: Promise<unknown>;

  /** Hire it before the first namespace is made. */
  constructor({ namespaces, folders = [] }: Belongings) {
    const words = ["-c", SCRIPT, "janitor", ...namespaces, "--", ...folders];
    // A group of its own, because an interrupt from the keyboard goes to all of this one.
    this.#child = spawn("sh", words, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    this.#exited = once(this.#child, "exit");
  }

  /** Takes everything away, and resolves when it is gone. May be called twice. */
  async clear(): Promise<void> {
    this.#child.stdin.end();
    await this.#exited;
  }
}
