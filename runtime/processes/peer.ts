import { join } from "node:path";
import { encodeBase64Url } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { NodePeerCertificates } from "../io/peer-certificates.ts";
import type { PeerCommand, PeerEvent } from "../roles/peer/peer-events.ts";
import { Peer } from "../roles/peer/peer.ts";
import { lockFolder } from "../stores/folder-lock.ts";
import { opened } from "./closing.ts";
import type { Closing } from "./closing.ts";
import { EventGate } from "./event-gate.ts";
import { logLastWords } from "./last-words.ts";
import { listenAddress } from "./listen-address.ts";
import { machineAddresses, watchAddresses } from "./machine-addresses.ts";
import { PeerDesk } from "./peer-desk.ts";
import { PeerDoor } from "./peer-door.ts";
import { PeerIncoming } from "./peer-incoming.ts";
import { PeerOutgoing } from "./peer-outgoing.ts";
import { PeerStore } from "./peer-store.ts";
import type { PeerConfig, PeerIdentity, PeerIdentityConfig, RunningPeer } from "./peer-types.ts";
import { resolveHost } from "./resolve-host.ts";

/** How often to look whether the addresses of this machine have changed. */
const ADDRESSES_MS = 3_000;

/** The certificate of a folder, which is made if it is not there. @throws {OperatorError} if it is damaged or cannot be written. */
export async function openPeerIdentity(config: PeerIdentityConfig): Promise<PeerIdentity> {
  return identityOf(await PeerStore.open(config, new NodePeerCertificates()));
}

/** Runs a peer until it is closed. @throws {OperatorError} if a file, an address or a port cannot be had. */
export function createPeer(config: PeerConfig, log: Log): Promise<RunningPeer> {
  return opened((closing) => start(config, log, closing));
}

async function start(config: PeerConfig, log: Log, closing: Closing): Promise<RunningPeer> {
  const {
    dataFolder,
    direct = true,
    filesFolder = join(dataFolder, "files"),
    handlers = {},
  } = config;
  const door = config.door === true ? new PeerDoor() : undefined;
  closing.add(lockFolder(dataFolder));
  const certificates = new NodePeerCertificates();
  const store = await PeerStore.open(config, certificates);
  store.begin();
  const { incoming, outgoing } = openMessages(dataFolder, closing);
  const servers = await Promise.all(config.servers.map((server) => resolveHost(server, { log })));
  const role = new Peer({
    crypto: createNodeCrypto(),
    unixMs: Date.now,
    certificates,
    signer: store.signer,
    servers,
    starts: store.starts,
    pinned: store.pinned,
    taken: incoming.taken,
    outgoing: outgoing.earlier,
    direct,
  });
  const gate = new EventGate<PeerEvent>();
  const host: RoleHost<PeerCommand, PeerEvent> = await RoleHost.start({
    role,
    log,
    udp: config.listen === undefined ? { port: 0 } : await listenAddress(config.listen, log),
    onEvent: gate.take,
  });
  const onCode = handlers.onCode?.bind(handlers);
  const desk = new PeerDesk({
    filesFolder,
    handlers,
    onCode: door === undefined ? onCode : door.onCode(onCode),
    log,
    store,
    incoming,
    outgoing,
    command: (command) => {
      host.command(command);
    },
  });
  closing.add(async () => {
    host.command({ type: "stop" });
    await desk.close();
    await host.close();
    logLastWords(log, { role, host });
  });
  gate.open((event) => {
    desk.take(event);
    if (event.type === "compared") door?.forget(event.peer);
  });
  const udp = socketOf(host);
  const announce = (): void => {
    host.command({ type: "network", addresses: ownAddresses(udp, servers) });
  };
  closing.add(watchAddresses(ADDRESSES_MS, announce));
  announce();
  closing.add(() => door?.close());
  await door?.open({ dataFolder, fingerprint: role.fingerprint, tasks: desk, log });
  return runningPeer({ store, desk, udp, closing });
}

function openMessages(
  dataFolder: string,
  closing: Closing,
): { readonly incoming: PeerIncoming; readonly outgoing: PeerOutgoing } {
  const incoming = new PeerIncoming(dataFolder);
  closing.add(() => {
    incoming.close();
  });
  const outgoing = new PeerOutgoing(dataFolder);
  closing.add(() => {
    outgoing.close();
  });
  return { incoming, outgoing };
}

function runningPeer({
  store,
  desk,
  udp,
  closing,
}: {
  readonly store: PeerStore;
  readonly desk: PeerDesk;
  readonly udp: Endpoint;
  readonly closing: Closing;
}): RunningPeer {
  return {
    ...identityOf(store),
    udp,
    registered: () => desk.registered(),
    send: (to, body, options) => desk.send(to, body, options),
    compare: (peer, options) => desk.compare(peer, options),
    sendFile: (to, path, options) => desk.sendFile(to, path, options),
    isPinned: (peer) =>
      store.pinned.some(
        ({ fingerprint }) => encodeBase64Url(fingerprint) === encodeBase64Url(peer),
      ),
    isDirect: (peer) => desk.isDirect(peer),
    unpin: (peer) => {
      desk.unpin(peer);
    },
    close: () => closing.run(),
  };
}

function identityOf({ signer, isNew }: PeerStore): PeerIdentity {
  const { fingerprint, name, bytes } = signer.certificate;
  return { fingerprint, name, certificate: bytes, isNew };
}

function socketOf(host: RoleHost<PeerCommand, PeerEvent>): Endpoint {
  const udp = host.udpAddress;
  if (udp === undefined) throw new RangeError("the peer has no socket");
  return udp;
}

/** Where others on the same network reach this peer; on this machine alone if its servers are. */
function ownAddresses(
  { address, port }: Endpoint,
  servers: readonly Endpoint[],
): readonly Endpoint[] {
  const isAny = address === "0.0.0.0" || address === "::";
  const isLocal = servers.some((server) => isLoopback(server.address));
  const all = isAny ? machineAddresses() : [address];
  const usable = all.filter(
    (one) => (isLocal || !isLoopback(one)) && (address !== "0.0.0.0" || !one.includes(":")),
  );
  return usable.map((one) => ({ address: one, port }));
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
