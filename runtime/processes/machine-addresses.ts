import { networkInterfaces } from "node:os";
import { canonicalAddress } from "../io/addresses.ts";

const LINK_LOCAL = /^(fe[89ab]|169\.254\.)/i;

/** The addresses of this machine, loopback last; without link-local ones, which mean nothing to others. */
export function machineAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ address }) => !LINK_LOCAL.test(address));
  return [
    ...usable.filter(({ internal }) => !internal),
    ...usable.filter(({ internal }) => internal),
  ].map(({ address }) => canonicalAddress(address));
}

/**
 * Tells when the addresses of this machine have changed. Node has no event for it on any system, so it looks.
 * @returns stops looking.
 */
export function watchAddresses(periodMs: number, onChange: () => void): () => void {
  let known = machineAddresses().join(" ");
  const timer = setInterval(() => {
    const found = machineAddresses().join(" ");
    if (found === known) return;
    known = found;
    onChange();
  }, periodMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
