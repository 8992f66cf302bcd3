/** Mutants that the campaign does not catch, and why it cannot. */
export const SURVIVORS: Readonly<Record<string, string>> = {
  "channel-loses-the-rest":
    "The first bytes of a client must reach its router in one piece with the word that the relay starts, which they do only where that word was lost and sent again. The meeting then fails as it may where packets are lost, and the client tries again: no rule that the checkers know is broken.",
};
