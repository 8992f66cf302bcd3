/** How a kernel translates. */
export interface KernelNatRules {
  /** Words after nftables' `masquerade`. */
  readonly masquerade: "" | "random" | "fully-random";
  /** What INPUT does with new connections from outside. */
  readonly input: "accept" | "drop";
}

/** What the kernel is told to translate as each Linux profile of the model does. */
export const KERNEL_NATS: Readonly<Record<string, KernelNatRules>> = {
  "linux-masquerade": { masquerade: "", input: "accept" },
  "linux-masquerade-input-drop": { masquerade: "", input: "drop" },
  "linux-random": { masquerade: "random", input: "accept" },
  "linux-fully-random": { masquerade: "fully-random", input: "accept" },
};

/** Loss is drawn among so many. */
const LOSS_PARTS = 10_000;

/**
 * The ruleset of a box with the interfaces `lan` and `wan`.
 * @param lossRatio share of the packets that are lost on the outer line, each way; at most one of 10,000 is meant.
 */
export function natRuleset({ masquerade, input }: KernelNatRules, lossRatio = 0): string {
  const unsolicited = input === "drop" ? 'iifname "wan" ct state new drop;' : "";
  const lost = `numgen random mod ${String(LOSS_PARTS)} < ${String(Math.round(lossRatio * LOSS_PARTS))} counter drop`;
  // Before the table of connections sees what arrives, and after it saw what leaves: as a line loses.
  const line = `
    chain arrives { type filter hook prerouting priority -350; iifname "wan" ${lost}; }
    chain leaves { type filter hook postrouting priority 350; oifname "wan" ${lost}; }`;
  return `table ip lab {
    chain source { type nat hook postrouting priority 100; oifname "wan" masquerade ${masquerade}; }
    chain box { type filter hook input priority 0; ct state invalid drop; ${unsolicited} }
    chain through {
      type filter hook forward priority 0; ct state invalid drop; iifname "wan" ct state new drop;
    }${lossRatio > 0 ? line : ""}
  }`;
}
