import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether a request that changes something was made by a page of another site. A browser says so in
 * Sec-Fetch-Site (over TLS and on loopback) and in Origin (always, for POST and DELETE); what sends
 * neither is not a browser and carries no cookie that it was not given.
 * The algorithm is that of Go 1.25's `http.CrossOriginProtection`.
 */
export function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}
