import type { Configuration } from "../../generated/control/rpc/router.ts";
import type { RouterConfig } from "./config-types.ts";
import type { PartyStore } from "./party-store.ts";

/**
 * The settings of a router: what its operator gives at the start, and what clients changed since, which is
 * kept and then goes before. Whether it may be restarted from afar is the operator's alone.
 */
export class RouterSettings {
  readonly #config: RouterConfig;
  readonly #party: PartyStore;

  constructor(config: RouterConfig, party: PartyStore) {
    this.#config = config;
    this.#party = party;
  }

  get configuration(): Configuration {
    const { label, telemetryPeriodMs } = this.#party.settings;
    return {
      label: typeof label === "string" ? label : "",
      telemetryPeriodMs:
        typeof telemetryPeriodMs === "number" ? telemetryPeriodMs : this.#config.telemetryPeriodMs,
      allowReboot: this.#config.allowReboot,
    };
  }

  /** On disk when it returns. @throws {OperatorError} if it cannot be saved. */
  change({ label, telemetryPeriodMs }: Partial<Configuration>): void {
    this.#party.saveSettings({
      ...this.#party.settings,
      ...(label === undefined ? {} : { label }),
      ...(telemetryPeriodMs === undefined ? {} : { telemetryPeriodMs }),
    });
  }
}
