/** Errors of Linux that sockets give, by their code: the number, negated, and libuv's words. */
const SYSTEM_ERRORS = {
  EACCES: [-13, "permission denied"],
  EADDRINUSE: [-98, "address already in use"],
  EADDRNOTAVAIL: [-99, "address not available"],
  EBADF: [-9, "bad file descriptor"],
  ECONNREFUSED: [-111, "connection refused"],
  ECONNRESET: [-104, "connection reset by peer"],
  EINVAL: [-22, "invalid argument"],
  EMSGSIZE: [-90, "message too long"],
  ENETUNREACH: [-101, "network is unreachable"],
  ENODEV: [-19, "no such device"],
  ENOTFOUND: [-3008, "name not known"],
  ENOTSUP: [-95, "operation not supported on socket"],
  EPIPE: [-32, "broken pipe"],
  ETIMEDOUT: [-110, "connection timed out"],
} as const;

/** The code of an error of the system. */
export type SystemErrorCode = keyof typeof SYSTEM_ERRORS;

/** What failed, and where. */
export interface SystemErrorPlace {
  readonly syscall: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** The socket's own address, where the message tells it: what `connect` fails with at once. */
  readonly local?: { readonly address: string; readonly port: number };
  /** Of `getaddrinfo`. */
  readonly hostname?: string | undefined;
  /** Whether the message has libuv's words too, as those of `listen` have. Default false. */
  readonly isWordy?: boolean;
}

/** The error as Node makes it: `connect ECONNREFUSED 192.0.2.1:7` with `errno`, `code`, `syscall` and the place. */
export function systemError(code: SystemErrorCode, place: SystemErrorPlace): NodeJS.ErrnoException {
  const { syscall, address, port, local, hostname, isWordy = false } = place;
  const [errno, words] = SYSTEM_ERRORS[code];
  const colon = isWordy ? `: ${words}` : "";
  const from = local === undefined ? "" : ` - Local (${local.address}:${String(local.port)})`;
  const error: NodeJS.ErrnoException & SystemFields = new Error(
    `${syscall} ${code}${colon}${placeText(address ?? hostname, port)}${from}`,
  );
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (address !== undefined) error.address = address;
  if (port !== undefined && port > 0) error.port = port;
  if (hostname !== undefined) error.hostname = hostname;
  return error;
}

/** Fields that `NodeJS.ErrnoException` does not list. */
interface SystemFields {
  address?: string;
  port?: number;
  hostname?: string;
}

function placeText(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return "";
  return port !== undefined && port > 0 ? ` ${address}:${String(port)}` : ` ${address}`;
}
