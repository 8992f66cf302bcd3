import type { Tube } from "../../../generated/tunnel/rpc/tube-user.ts";

/** The links of a tunnel with the latency of each, for people: `ada —0.4 ms— north —0.6 ms— bob`. */
export function chainText({ hops }: Tube): string {
  return hops
    .map(({ latency_us, name }, at) => {
      if (at === 0) return name;
      const way = latency_us === null ? "?" : `${(latency_us / 1000).toFixed(1)} ms`;
      return `—${way}— ${name}`;
    })
    .join(" ");
}
