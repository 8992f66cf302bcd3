import type { Identity, RpcOutcome } from "../../runtime/core/index.ts";
import type { ConnectProblem } from "../../generated/control/types.ts";
import { Client } from "../../runtime/roles/client/client.ts";
import type { ClientEvent, Meeting } from "../../runtime/roles/client/client-events.ts";
import { environmentOf } from "./party.ts";
import type { PartyHost, PartyWorld } from "./party.ts";
import { VALIDATORS } from "./router-party.ts";

/** What a client asks of its hub over HTTP. */
export type AskHub = (event: Extract<ClientEvent, { type: "askHub" }>, party: ClientParty) => void;

/** Sessions and calls of all clients are numbered together, so that a number names one of them. */
let lastNumber = 0;

/** A client; its sessions and calls are named by numbers. */
export class ClientParty {
  readonly identity: Identity;
  readonly events: ClientEvent[] = [];
  readonly role: Client;
  readonly host: PartyHost;
  /** Changes what the hub answered before the client hears it. */
  alter: (meeting: Meeting) => Meeting = (meeting) => meeting;
  readonly #network: PartyWorld["network"];

  constructor(
    world: PartyWorld,
    place: { readonly identity: Identity; readonly port: number },
    askHub: AskHub,
  ) {
    this.identity = place.identity;
    this.#network = world.network;
    this.host = world.network.host("198.51.100.99", place.port);
    const { identity } = place;
    this.role = new Client({ ...environmentOf(world), identity, validators: VALIDATORS });
    this.host.run(this.role, (event: ClientEvent) => {
      this.events.push(event);
      if (event.type === "askHub") askHub(event, this);
    });
  }

  /** Asks the hub for a router and goes where it says. Gives the session's number. */
  connect(mac: number): number {
    lastNumber += 1;
    this.host.command({ type: "connect", session: lastNumber, mac });
    return lastNumber;
  }

  isConnected(session: number): boolean {
    return this.events.some((event) => event.type === "connected" && event.session === session);
  }

  /** Why a session ended; undefined if it did not. */
  problemOf(session: number): ConnectProblem | undefined {
    const ended = this.events.find((one) => one.type === "ended" && one.session === session);
    return ended?.type === "ended" ? ended.problem : undefined;
  }

  close(session: number): void {
    this.host.command({ type: "close", session });
  }

  /** Calls a method of the router. Gives the call's number. */
  begin(session: number, method: string, params: unknown = {}, timeoutMs = 5000): number {
    lastNumber += 1;
    this.host.command({ type: "call", session, call: lastNumber, method, params, timeoutMs });
    return lastNumber;
  }

  /** How a call ended; undefined if it did not. */
  outcomeOf(call: number): RpcOutcome | undefined {
    const ended = this.events.find((one) => one.type === "callEnded" && one.call === call);
    return ended?.type === "callEnded" ? ended.outcome : undefined;
  }

  /** Calls a method and lets time pass until the call ends. */
  call(session: number, method: string, params: unknown = {}): RpcOutcome | undefined {
    const call = this.begin(session, method, params);
    this.#network.runUntil(() => this.outcomeOf(call) !== undefined, 10_000);
    return this.outcomeOf(call);
  }
}
