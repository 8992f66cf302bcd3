/** What the exit code of `tagwire` says. `check` and `generate` keep to the first three. */
export const EXIT = {
  /** Done. */
  ok: 0,
  /** The operation failed: the router answered with an error, a port is taken, the spec has problems. */
  failed: 1,
  /** Wrong usage or configuration: nothing was done. */
  usage: 2,
  /** The device or the claim is unknown, not online or not yours. */
  notFound: 3,
  /** Not logged in, or login or password is wrong. */
  denied: 4,
  /** The hub cannot be reached or is busy, or the router did not come: worth another try. */
  unavailable: 5,
  /** A signal ended it early: what was done until then was given, and nothing of it failed. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The codes for the end of `--help`. */
export const EXIT_HELP =
  "Exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 not found or not online, 4 login refused, 5 try again later, 130 interrupted.";
