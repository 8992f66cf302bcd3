import type { Device } from "../../generated/control/http.ts";
import { formatMac, parseMac } from "../core/index.ts";
import { FailedError } from "./command.ts";
import { EXIT } from "./exit-code.ts";

/** The one of an account's devices that has this mac, label or host name. @throws {FailedError} if none or several have. */
export function namedDevice(devices: readonly Device[], name: string): Device {
  const mac = parseMac(name);
  const named =
    mac === undefined
      ? devices.filter(({ label, hostname }) => label === name || hostname === name)
      : devices.filter((device) => device.mac === formatMac(mac));
  const [only] = named;
  if (only !== undefined && named.length === 1) return only;
  throw new FailedError(EXIT.notFound, {
    place: name,
    problem:
      named.length === 0
        ? "no router of this account is called so."
        : "several routers are called so.",
    remedy: "Give the mac that 'tagwire devices' shows.",
  });
}
