import type { MachineRunner } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import { defineServerPlace } from "../../../generated/control/machines/server-place.ts";
import type {
  ServerPlaceEvent,
  ServerPlaceHandlers,
  ServerPlaceOut,
  ServerPlaceOutput,
  ServerPlaceState,
} from "../../../generated/control/machines/server-place.ts";
import type { Reserve } from "../../../generated/control/messages/servers.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import { FailReason } from "../../../generated/control/types.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { MachineSurroundings } from "../kernel/run-machine.ts";

/** A connection that a place has something to do with. */
export interface PlaceLink {
  send(message: ControlSent): void;
  /** Ends the connection cleanly. */
  end(): void;
}

/** What a place asks of its server. */
export interface PlaceOptions {
  readonly kernel: MachineSurroundings;
  readonly limits: ControlLimits;
  readonly reserve: Reserve;
  /** The hub's connection, for the verdict. */
  readonly hub: PlaceLink;
  /** Joins the two connections and gives what ends them; the place hears `relayEnded`. */
  readonly startRelay: (router: PlaceLink, client: PlaceLink) => () => void;
  /** The place is free again; called once. */
  readonly free: (place: Place) => void;
}

/** One reserved place of a server. */
export class Place {
  readonly reserve: Reserve;
  readonly #options: PlaceOptions;
  readonly #runner: MachineRunner<ServerPlaceState, ServerPlaceEvent, ServerPlaceOutput>;
  #router: PlaceLink | undefined;
  #client: PlaceLink | undefined;
  #stopRelay: (() => void) | undefined;
  /** Who knocked last and is to be turned away. */
  #knocking: PlaceLink | undefined;

  constructor(options: PlaceOptions) {
    const { kernel, limits, reserve } = options;
    this.reserve = reserve;
    this.#options = options;
    this.#runner = runMachine({
      kernel,
      scope: `place/${reserve.sessionId.join()}`,
      definition: defineServerPlace(this.#transitions(), limits),
      initial: { name: "reserved" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** A connection presented one of the two tickets. */
  arrive(link: PlaceLink, party: "router" | "client", identityFits: boolean): void {
    this.#knocking = link;
    const name = party === "router" ? "routerArrives" : "clientArrives";
    this.#runner.dispatch({ name, identityFits });
    this.#knocking = undefined;
  }

  /** A connection that had arrived ended before the relay; a client's cannot, since it starts the relay. */
  left(link: PlaceLink): void {
    if (link !== this.#router) return;
    this.#router = undefined;
    this.#runner.dispatch({ name: "routerLost" });
  }

  /** A hub's connection ended, perhaps the one that reserved this place. */
  hubLeft(link: PlaceLink): void {
    if (link === this.#options.hub) this.#runner.dispatch({ name: "hubLost" });
  }

  relayEnded(): void {
    this.#router = undefined;
    this.#client = undefined;
    this.#runner.dispatch({ name: "relayEnded" });
  }

  stop(): void {
    this.#runner.dispatch({ name: "stop" });
  }

  #transitions(): ServerPlaceHandlers {
    const { sessionId } = this.reserve;
    return {
      reservedOnRouterArrives: (_state, { identityFits }) => {
        if (!identityFits) {
          return {
            state: { name: "released" },
            outputs: [
              this.#verdict(FailReason.wrongIdentity),
              { kind: "do", name: "refuseRouter" },
              { kind: "do", name: "free" },
            ],
          };
        }
        this.#router = this.#knocking;
        return {
          state: { name: "occupied" },
          outputs: [
            { kind: "send", name: "Attached", to: "router", message: { sessionId } },
            this.#verdict(FailReason.none),
          ],
        };
      },
      occupiedOnClientArrives: (_state, { identityFits }) => {
        if (!identityFits) {
          return {
            state: { name: "occupied" },
            outputs: [{ kind: "do", name: "refuseClient" }],
          };
        }
        this.#client = this.#knocking;
        const message = { sessionId };
        return {
          state: { name: "relaying" },
          outputs: [
            { kind: "send", name: "RelayStart", to: "router", message },
            { kind: "send", name: "RelayStart", to: "client", message },
            { kind: "do", name: "startRelay" },
          ],
        };
      },
      reservedOnExpiry: () => ({
        state: { name: "released" },
        outputs: [this.#verdict(FailReason.notVerified)],
      }),
    };
  }

  #verdict(reason: FailReason): ServerPlaceOut<"RouterVerified"> {
    const { sessionId } = this.reserve;
    return { kind: "send", name: "RouterVerified", to: "hub", message: { sessionId, reason } };
  }

  #perform(output: ServerPlaceOutput): void {
    if (output.kind === "send") {
      this.#linkTo(output.to)?.send(output);
      return;
    }
    switch (output.name) {
      case "startRelay":
        if (this.#router !== undefined && this.#client !== undefined) {
          this.#stopRelay = this.#options.startRelay(this.#router, this.#client);
        }
        return;
      case "refuseRouter":
      case "refuseClient":
        this.#knocking?.end();
        return;
      case "dismiss":
        this.#router?.end();
        this.#client?.end();
        this.#stopRelay?.();
        this.#router = undefined;
        this.#client = undefined;
        return;
      case "free":
        this.#options.free(this);
        return;
    }
  }

  #linkTo(party: "hub" | "router" | "client"): PlaceLink | undefined {
    switch (party) {
      case "hub":
        return this.#options.hub;
      case "router":
        return this.#router;
      case "client":
        return this.#client;
    }
  }
}
