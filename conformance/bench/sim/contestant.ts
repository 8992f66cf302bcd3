/** What a run of a load came to. */
export interface LoadRun {
  /** What the load counts, whatever else an engine needs to get there. */
  readonly events: number;
  /** Sum of all states that were reached, modulo 2^32: whatever the order of what is due at the same time. */
  readonly checksum: number;
  /** Processor time of handling the events, all threads. */
  readonly seconds: number;
  /** What the process had at most, beyond what it had before the nodes were made. */
  readonly bytes: number;
}

/** How much of a load. */
export interface LoadSize {
  readonly nodes: number;
  /** Virtual time, microseconds. */
  readonly untilUs: number;
}

/** One of the things compared, which runs each load in a process of its own. */
export interface Contestant {
  readonly name: string;
  readonly run: (size: LoadSize) => LoadRun;
}
