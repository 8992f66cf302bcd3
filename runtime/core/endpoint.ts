/** An IP address and a port, as a transport knows them. */
export interface Endpoint {
  /** Canonical text: dotted quad, or IPv6 as RFC 5952 writes it. */
  readonly address: string;
  /** 0–65535. */
  readonly port: number;
}
