import { fingerprintText } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { NodePeerCertificates } from "../io/peer-certificates.ts";
import { PeerServer } from "../roles/peer-server/peer-server.ts";
import type { PeerServerEvent } from "../roles/peer-server/peer-server-events.ts";
import { opened } from "./closing.ts";
import type { Closing } from "./closing.ts";
import { freePort } from "./free-port.ts";
import { logLastWords } from "./last-words.ts";
import { listenAddress } from "./listen-address.ts";
import { machineAddresses } from "./machine-addresses.ts";
import type { PeerServerConfig, RunningPeerServer } from "./peer-types.ts";
import { resolveHost } from "./resolve-host.ts";

/** Runs a peer server until it is closed. @throws {OperatorError} if an address or a port cannot be had. */
export function runPeerServer(config: PeerServerConfig, log: Log): Promise<RunningPeerServer> {
  return opened((closing) => start(config, log, closing));
}

async function start(
  config: PeerServerConfig,
  log: Log,
  closing: Closing,
): Promise<RunningPeerServer> {
  const asked = await listenAddress(config.listen, log);
  // The role must know its port before it hears the first datagram.
  const port = asked.port === 0 ? await freePort(asked.address) : asked.port;
  const udp = { address: asked.address, port };
  const endpoints = await reachableAt(udp, config, log);
  const role = new PeerServer({
    crypto: createNodeCrypto(),
    unixMs: Date.now,
    certificates: new NodePeerCertificates(),
    endpoints,
  });
  const host = await RoleHost.start<never, PeerServerEvent>({
    role,
    log,
    udp,
    onEvent: (event) => {
      logEvent(event, log);
    },
  });
  closing.add(async () => {
    await host.close();
    logLastWords(log, { role, host });
  });
  return { udp, endpoints, close: () => closing.run() };
}

async function reachableAt(
  { address, port }: Endpoint,
  { advertise }: PeerServerConfig,
  log: Log,
): Promise<readonly Endpoint[]> {
  const isAny = address === "0.0.0.0" || address === "::";
  const own = (isAny ? machineAddresses() : [address]).map((one) => ({ address: one, port }));
  const others = await Promise.all(
    advertise.map((one) =>
      resolveHost({ host: one.host, port: one.port === 0 ? port : one.port }, { log }),
    ),
  );
  return [...own, ...others];
}

function logEvent(event: PeerServerEvent, log: Log): void {
  switch (event.type) {
    case "registered":
      log.debug(
        { peer: fingerprintText(event.fingerprint), flushed: event.flushed },
        "peer registered",
      );
      return;
    case "away":
      log.debug({ peer: fingerprintText(event.fingerprint) }, "peer away");
      return;
    case "forgotten":
      log.debug({ peer: fingerprintText(event.fingerprint) }, "peer forgotten");
      return;
    case "misaddressed":
      log.warn(
        { server: endpointText(event.server) },
        "a peer reaches this server under an address that is not among its own: name it with --advertise",
      );
      return;
  }
}
