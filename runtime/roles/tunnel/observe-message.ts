import { TUNNEL_TAGS } from "../../../generated/tunnel/tags.ts";
import type { RoleKernel } from "../kernel/kernel.ts";

/** Tells whoever watches the role of a message on a connection that is no secure channel. */
export function observeMessage(
  kernel: RoleKernel,
  scope: string,
  seen: { readonly kind: "sent" | "received"; readonly message: keyof typeof TUNNEL_TAGS },
): void {
  kernel.observe?.({ ...seen, scope, tag: TUNNEL_TAGS[seen.message] });
}
