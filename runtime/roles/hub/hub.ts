import { CertificateVerifier } from "../../core/index.ts";
import type { Effect, Identity, Input, PeerIdentity, Role, StreamId } from "../../core/index.ts";
import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type { EnrolRequest } from "../../../generated/control/messages/enrolment.ts";
import { ClaimOutcome, FailReason } from "../../../generated/control/types.ts";
import { SYSTEM_LIMITS } from "../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { RoleEnvironment } from "../kernel/kernel.ts";
import { Scratch } from "../kernel/scratch.ts";
import { joinProof } from "../reporter/join-proof.ts";
import { serverSubject } from "../reporter/server-subject.ts";
import { Brokerages } from "./brokerages.ts";
import { Claims } from "./claims.ts";
import { HubDatagrams } from "./datagrams.ts";
import { isFresh } from "./entries.ts";
import type { ReporterEntry, RouterEntry, ServerEntry } from "./entries.ts";
import type { HubCommand, HubEvent } from "./hub-events.ts";
import type { ClaimRow, HubChange, HubRows } from "./rows.ts";
import { HubTables } from "./tables.ts";
import { HubVisit } from "./visit.ts";

/** What a hub is made with. */
export interface HubOptions extends RoleEnvironment {
  readonly identity: Identity;
  /** What the store holds. */
  readonly rows: HubRows;
  /** How often the hub was started with this store, this start included; saved before the hub runs. 1 … 2^20. */
  readonly starts: number;
  /** Monotonic time of the start, milliseconds. */
  readonly nowMs: number;
  /** Fingerprints of servers that may join, 32 bytes each. */
  readonly servers: readonly Uint8Array[];
  /** Servers that show this secret may join too. */
  readonly joinSecret?: Uint8Array;
  /** Default: those of the spec. */
  readonly limits?: ControlLimits;
  readonly systemLimits?: SystemLimits;
}

/** The common link of the network: knows routers and servers, and brings clients together with routers. */
export class Hub implements Role<HubCommand, HubEvent> {
  readonly #options: HubOptions;
  readonly #limits: ControlLimits;
  readonly #kernel: Kernel<HubEvent>;
  readonly #scratch = new Scratch();
  readonly #verifier: CertificateVerifier;
  readonly #tables: HubTables;
  readonly #claims: Claims;
  readonly #datagrams: HubDatagrams;
  readonly #brokerages: Brokerages;
  readonly #visits = new Set<HubVisit>();
  /** What is to be done when what was asked to be saved is on disk. */
  readonly #saving = new Map<number, () => void>();
  #lastSave = 0;
  #stopping = false;

  constructor(options: HubOptions) {
    const { crypto, rows, nowMs } = options;
    this.#options = options;
    this.#limits = options.limits ?? CONTROL_LIMITS;
    this.#kernel = new Kernel(options);
    this.#kernel.nowMs = nowMs;
    this.#verifier = options.verifier ?? new CertificateVerifier(crypto);
    const times = { nowMs, unixMs: options.unixMs() };
    this.#tables = new HubTables(this.#limits, { crypto, rows, times });
    const changed = (id: string, row: ClaimRow | undefined): void => {
      this.#tables.touchClaim(id, row);
    };
    const perAccountMax = this.#limits.claimsPerAccountMax;
    this.#claims = new Claims({ ...options, perAccountMax, changed }, rows.claims);
    this.#datagrams = this.#createDatagrams();
    this.#brokerages = this.#createBrokerages();
  }

  handle(input: Input<HubCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "datagram") this.#datagrams.handle(input.from, input.bytes);
    else if (input.type === "streamAccepted") this.#accept(input.stream);
    else if (input.type === "command") this.#command(input.command);
  }

  poll(): Effect<HubEvent> | undefined {
    return this.#kernel.poll();
  }

  /** The routers of an account, ordered by mac. */
  routersOf(account: string): readonly RouterEntry[] {
    return this.#tables.routersOf(account);
  }

  /** The relay servers that joined. */
  get servers(): Iterable<ServerEntry> {
    return this.#tables.servers();
  }

  /** Whether a router reported lately enough to be reached. */
  isOnline(router: RouterEntry): boolean {
    return isFresh(router, this.#limits, this.#kernel.nowMs);
  }

  /** The open claims of an account, newest first. */
  claimsOf(account: string): readonly ClaimRow[] {
    return this.#claims.of(account);
  }

  /** What is to be saved since the last call; the caller answers for it from then on. */
  takeChanges(): readonly HubChange[] {
    return this.#tables.takeChanges();
  }

  /** What peers did wrong and what was refused, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  #accept(stream: StreamId): void {
    if (this.#stopping || this.#visits.size >= this.#limits.visitorsMax) {
      this.#kernel.count("limit");
      this.#kernel.refuseStream(stream);
      return;
    }
    this.#visits.add(
      new HubVisit(
        {
          ...this.#around(),
          limits: this.#limits,
          router: (mac) => this.#tables.router(mac),
          expectsHint: (hint) => this.#brokerages.expectsHint(hint),
          brokerageOf: (mac, ticket) => this.#brokerages.find(mac, ticket),
          claim: (router, code) => this.#claim(router, code),
          storeInventory: (router, inventory, done) => {
            router.inventory = inventory;
            this.#save(router, done);
          },
          visitOver: (visit) => {
            this.#visits.delete(visit);
          },
        },
        stream,
      ),
    );
  }

  #command(command: HubCommand): void {
    switch (command.type) {
      case "connect":
        this.#connect(command);
        return;
      case "cancel":
        this.#brokerages.cancel(command.requestId, FailReason.cancelled);
        return;
      case "saved": {
        const done = this.#saving.get(command.saveId);
        this.#saving.delete(command.saveId);
        done?.();
        return;
      }
      case "createClaim": {
        const created = this.#claims.create(command);
        this.#kernel.report({ type: "claimCreated", requestId: command.requestId, created });
        return;
      }
      case "revokeClaim": {
        const { requestId, account, claimId } = command;
        const found = this.#claims.revoke(account, claimId);
        this.#kernel.report({ type: "claimRevoked", requestId, found });
        return;
      }
      case "settleRival":
        this.#settleRival(command);
        return;
      case "stop":
        this.#stopping = true;
        this.#brokerages.cancelAll(FailReason.stopping);
        for (const visit of [...this.#visits]) visit.end();
        return;
    }
  }

  /** Unknown, stale and not yours look the same. */
  #connect(command: Extract<HubCommand, { type: "connect" }>): void {
    const { requestId, account, mac, clientFingerprint } = command;
    const router = this.#tables.router(mac);
    if (router === undefined || router.account !== account || !this.isOnline(router)) {
      const outcome = { kind: "unknown" } as const;
      this.#kernel.report({ type: "connectEnded", requestId, outcome });
      return;
    }
    if (this.#stopping) {
      const outcome = { kind: "failed", reason: FailReason.stopping } as const;
      this.#kernel.report({ type: "connectEnded", requestId, outcome });
      return;
    }
    this.#brokerages.open({ requestId, router, clientFingerprint });
  }

  /** A router of another account is not taken over, whatever code it shows: its owner releases it first. */
  #claim(router: RouterEntry, code: string): ClaimOutcome {
    const { crypto } = this.#kernel;
    const hash = this.#claims.hash(code);
    if (hash === undefined) return ClaimOutcome.refused;
    if (router.claimHash !== undefined && crypto.equal(hash, router.claimHash)) {
      return ClaimOutcome.accepted;
    }
    const account = this.#claims.accountOf(hash);
    const isFree = router.account === undefined || router.account === account;
    const claim = isFree ? this.#claims.use(hash) : undefined;
    if (claim === undefined) return ClaimOutcome.refused;
    router.account = claim.account;
    router.label = claim.label;
    router.claimHash = hash;
    this.#tables.touch(router);
    this.#kernel.report({ type: "noted", note: "claimed", subject: router.subject });
    return ClaimOutcome.accepted;
  }

  #settleRival(command: Extract<HubCommand, { type: "settleRival" }>): void {
    const { requestId, account, mac, accept } = command;
    const router = this.#tables.router(mac);
    const rival = router?.account === account ? router.rival : undefined;
    if (router !== undefined && rival !== undefined) {
      router.rival = undefined;
      this.#tables.touch(router);
      if (accept) {
        for (const brokerage of [...router.wanted]) {
          brokerage.dispatch({ name: "cancel", reason: FailReason.routerLost });
        }
        this.#tables.replaceRouter(router, rival);
      }
    }
    this.#kernel.report({ type: "rivalSettled", requestId, found: rival !== undefined });
  }

  #around(): {
    kernel: Kernel<HubEvent>;
    scratch: Scratch;
    identity: Identity;
    verifier: CertificateVerifier;
    systemLimits: SystemLimits;
  } {
    return {
      kernel: this.#kernel,
      scratch: this.#scratch,
      identity: this.#options.identity,
      verifier: this.#verifier,
      systemLimits: this.#options.systemLimits ?? SYSTEM_LIMITS,
    };
  }

  #createDatagrams(): HubDatagrams {
    const tables = this.#tables;
    return new HubDatagrams({
      ...this.#around(),
      limits: this.#limits,
      starts: this.#options.starts,
      router: (mac) => tables.router(mac),
      server: (subject) => tables.server(subject),
      admitServer: (peer, request) => this.#admitServer(peer, request),
      addRouter: (mac, fingerprint) => tables.addRouter(mac, fingerprint),
      addServer: (subject, fingerprint) => tables.addServer(subject, fingerprint),
      noteRival: (entry, peer) => {
        // The first one stays: the owner must not accept another than the one that was shown.
        if (entry.rival !== undefined) return;
        entry.rival = peer.fingerprint;
        tables.touch(entry);
        this.#kernel.report({ type: "noted", note: "rival", subject: entry.subject });
      },
      save: (entry, keyId) => {
        this.#save(entry, () => {
          this.#datagrams.keys.saved(entry, keyId);
        });
      },
      touch: (entry) => {
        tables.touch(entry);
      },
      enrolled: ({ kind, subject }) => {
        this.#kernel.report({ type: "noted", note: `${kind} enrolled`, subject });
      },
    });
  }

  #createBrokerages(): Brokerages {
    return new Brokerages({
      ...this.#around(),
      limits: this.#limits,
      datagrams: this.#datagrams,
      servers: () => this.#tables.servers(),
      ended: (requestId, outcome) => {
        this.#kernel.report({ type: "connectEnded", requestId, outcome });
      },
    });
  }

  /** A server's subject is part of its own fingerprint, so nobody can take another's. */
  #admitServer({ fingerprint }: PeerIdentity, request: EnrolRequest): boolean {
    if (request.subject !== serverSubject(fingerprint)) return false;
    const { crypto } = this.#kernel;
    const { servers, joinSecret } = this.#options;
    if (servers.some((listed) => crypto.equal(listed, fingerprint))) return true;
    if (joinSecret === undefined || request.join.length === 0) return false;
    return crypto.equal(request.join, joinProof(crypto, joinSecret, request));
  }

  /** Has the row of an entry saved at once. */
  #save(entry: ReporterEntry, done: () => void): void {
    this.#lastSave += 1;
    this.#saving.set(this.#lastSave, done);
    const change = this.#tables.changeOf(entry);
    this.#kernel.report({ type: "save", saveId: this.#lastSave, change });
  }
}
