import { transportIp } from "../../core/index.ts";
import type { Endpoint } from "../../core/index.ts";

/** An endpoint as the spec writes it: `192.0.2.1:80`, `[2001:db8::1]:80`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${String(port)}` : `${address}:${String(port)}`;
}

/**
 * Reads an endpoint, its address as transports name it; undefined if the text is not an IP address with a port from 1
 * to 65535.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([0-9a-f:.]*:[0-9a-f:.]*)\]|([\d.]+)):([1-9]\d{0,4})$/i.exec(text);
  if (match === null) return undefined;
  const [, wide, narrow = "", portText] = match;
  const port = Number(portText);
  const address = transportIp(wide ?? narrow);
  return address === undefined || port > 65_535 ? undefined : { address, port };
}
