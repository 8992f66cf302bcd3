import { encodeBase64Url } from "../../../core/index.ts";
import type { Crypto } from "../../../core/index.ts";

/** A new id of a tunnel. It begins with a letter: on a command line one that began with a hyphen would be an option. */
export function createTunnelId(crypto: Pick<Crypto, "randomBytes">): string {
  const [first = 0, ...rest] = crypto.randomBytes(16);
  return encodeBase64Url(Uint8Array.of(first & 0x7f, ...rest));
}
