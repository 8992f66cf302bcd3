/** A local port that leads to the target. */
export interface Chain {
  readonly port: number;
  close(): Promise<void>;
}

/** A program that leads a local port through relays, with all that it needs on this machine. */
export interface Way {
  /** Name with the version and the settings that matter. */
  readonly name: string;
  /** @param relays between the two ends. */
  open(relays: number): Promise<Chain>;
  close(): Promise<void>;
}

/** A way that cannot be taken on this machine, and what is missing. */
export interface MissingWay {
  readonly name: string;
  readonly missing: string;
}

/** Lengths that are measured: relays between the two ends. */
export const RELAY_COUNTS: readonly number[] = [0, 1, 3];

/** The most relays of them. */
export const RELAYS_MAX = 3;

/** All is on this machine. */
export const LOOPBACK = "127.0.0.1";
