import type { CaseRun } from "../../campaign/scenario.ts";
import { RELAYS_SEE_CIPHERTEXT } from "./tunnel-checkers.ts";
import { hasPlaintext } from "./plaintext.ts";

/** Where programs are: what passes between them and their fronts is theirs. */
const APP = /^app /;

/** Looks at every segment on the way from front to front. */
export function watchCiphertext({ world, violate }: Pick<CaseRun, "world" | "violate">): void {
  const apps = new Set(
    world.topology.hosts.filter(({ name }) => APP.test(name)).map(({ address }) => address),
  );
  world.onRecord(({ host, kind, detail }) => {
    if (kind !== "tcp-sent" || APP.test(host)) return;
    const { bytes, to } = detail as { readonly bytes: Uint8Array; readonly to: string };
    if (apps.has(to) || !hasPlaintext(bytes)) return;
    violate(RELAYS_SEE_CIPHERTEXT.name, `${host} sends what a program said, readably, to ${to}`);
  });
}
