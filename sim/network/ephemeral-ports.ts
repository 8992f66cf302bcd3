import type { RandomStream } from "../engine/index.ts";

/** Linux, net.ipv4.ip_local_port_range. */
const PORT_FIRST = 32_768;
const PORT_LAST = 60_999;

/** A port for a socket that asked for none: the first free one from a random place on; undefined if none is free. */
export function pickEphemeralPort(
  random: RandomStream,
  isFree: (port: number) => boolean,
): number | undefined {
  const ports = PORT_LAST - PORT_FIRST + 1;
  const first = random.below(ports);
  for (let tried = 0; tried < ports; tried += 1) {
    const port = PORT_FIRST + ((first + tried) % ports);
    if (isFree(port)) return port;
  }
  return undefined;
}
