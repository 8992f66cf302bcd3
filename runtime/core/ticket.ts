import type { Crypto } from "./crypto.ts";
import { encodeTranscript } from "./transcript.ts";

/** Length of a ticket. */
export const TICKET_BYTES = 32;

/** Length of a ticket's hint. */
export const TICKET_HINT_BYTES = 16;

/** What lets its holder take a reserved place, once: 32 random bytes, shown only under encryption. */
export function createTicket(crypto: Crypto): Uint8Array {
  return crypto.randomBytes(TICKET_BYTES);
}

/**
 * Names a ticket without giving it away, 16 bytes. It may go in clear in the first handshake message, so
 * that a stranger is turned away before any asymmetric work; it proves nothing, the ticket does.
 */
export function ticketHint(crypto: Crypto, ticket: Uint8Array): Uint8Array {
  return crypto.sha256(encodeTranscript("tagwire ticket 1", [ticket])).slice(0, TICKET_HINT_BYTES);
}
