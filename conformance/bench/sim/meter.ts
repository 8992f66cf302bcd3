/** Measures what a load takes in this process. */
export class Meter {
  readonly #residentBytes = process.memoryUsage.rss();
  #begun = process.cpuUsage();

  /** The nodes are made; from here on processor time counts. */
  start(): void {
    this.#begun = process.cpuUsage();
  }

  /** Processor time since `start`, and the most memory since this was made, beyond what there was. */
  stop(): { readonly seconds: number; readonly bytes: number } {
    const { user, system } = process.cpuUsage(this.#begun);
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    return { seconds: (user + system) / 1e6, bytes: peakBytes - this.#residentBytes };
  }
}
