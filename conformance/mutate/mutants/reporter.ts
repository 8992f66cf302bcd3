import type { SourceMutant } from "../mutant.ts";

const ENROLMENT = "runtime/roles/reporter/enrolment-transitions.ts";
const REPORTER = "runtime/roles/reporter/reporter.ts";
const EXCHANGE = "runtime/roles/reporter/enrolment-exchange.ts";
const ROTATION = "runtime/core/key-rotation.ts";

/** Faults of what routers and servers have in common, and of the keys that they share with the hub. */
export const REPORTER_MUTANTS: readonly SourceMutant[] = [
  {
    id: "reporter-asks-once",
    doc: "A first report that was lost is not repeated.",
    file: ENROLMENT,
    find: "return { state: this.#asking(attempt), outputs: [REPORT] };",
    replace: "return { state: this.#asking(attempt) };",
  },
  {
    id: "reporter-reports-once",
    doc: "A party that has a key reports once and no more.",
    file: ENROLMENT,
    find: '"knock" | "hubSilent">[] = [REPORT];',
    replace: '"knock" | "hubSilent">[] = [];',
  },
  {
    id: "reporter-uses-no-granted-key",
    doc: "A granted key is saved and never used.",
    file: ENROLMENT,
    find: 'outputs: [ADOPT, { kind: "do", name: "announce" }, REPORT],',
    replace: 'outputs: [{ kind: "do", name: "announce" }, REPORT],',
  },
  {
    id: "reporter-uses-no-offered-key",
    doc: "An offered key is saved and never used.",
    file: ENROLMENT,
    find: "return { state: this.#enrolled(0), outputs: [ADOPT, REPORT] };",
    replace: "return { state: this.#enrolled(0), outputs: [REPORT] };",
  },
  {
    id: "reporter-keeps-counting-silence",
    doc: "A hub that answers is taken for a silent one.",
    file: ENROLMENT,
    find: "return { state: this.#enrolled(0), outputs: this.#heard(unanswered) };",
    replace: "return { state: this.#enrolled(unanswered), outputs: this.#heard(unanswered) };",
  },
  {
    id: "reporter-takes-any-tag",
    doc: "What seems to come from the hub is not authenticated.",
    file: REPORTER,
    find: "if (verifier?.authenticator.verify(datagram, TAG_OFFSET) !== true) {",
    replace: "if (verifier === undefined) {",
  },
  {
    id: "reporter-takes-replays",
    doc: "A replayed datagram of the hub is taken for a new one.",
    file: REPORTER,
    find: 'if (freshness === "replayed" || freshness === "stale") {',
    replace: 'if (freshness === "stale") {',
  },
  {
    id: "reporter-answers-any-challenge",
    doc: "A challenge that answers nothing of ours is answered.",
    file: EXCHANGE,
    find: "if (nonce < oldest || nonce > this.#lastNonce) return undefined;",
    replace: "if (nonce < 0) return undefined;",
  },
  {
    id: "reporter-trusts-any-hub",
    doc: "Another hub than the pinned one is believed.",
    file: EXCHANGE,
    find: "if (pinned !== undefined && !crypto.equal(pinned, hub.fingerprint)) {",
    replace: "if (pinned !== undefined && pinned.length === 0) {",
  },
  {
    id: "reporter-takes-any-confirmation",
    doc: "A grant need not show that the hub has the key.",
    file: EXCHANGE,
    find: "if (!crypto.equal(grant.confirm, enrolmentConfirmation(crypto, key, transcript))) {",
    replace: "if (enrolmentConfirmation(crypto, key, transcript).length === 0) {",
  },
  {
    id: "reporter-sequences-restart",
    doc: "A party that was restarted uses its sequence numbers again.",
    file: EXCHANGE,
    find: "this.#lastNonce = starts * SEQUENCES_PER_START + this.#sent;",
    replace: "this.#lastNonce = SEQUENCES_PER_START + this.#sent + (starts - starts);",
  },
  {
    id: "reporter-forgets-its-hub",
    doc: "What is saved does not say which hub granted it.",
    file: REPORTER,
    find: "state: { key: this.keys.next, hub: hubFingerprint } });",
    replace: "state: { key: this.keys.next, hub: undefined } });",
  },
  {
    id: "reporter-saves-no-key",
    doc: "What is saved has no key in it.",
    file: REPORTER,
    find: "state: { key: this.keys.next, hub: hubFingerprint } });",
    replace: "state: { key: undefined, hub: hubFingerprint } });",
  },
  {
    id: "rotation-drops-the-old-key-early",
    doc: "The hub forgets the current key when the next one is on disk, though nobody has it yet.",
    file: ROTATION,
    find: "return { current, next: { ...next, stored: true } };",
    replace: "return { current: next.slot, next: undefined };",
  },
  {
    id: "rotation-offers-what-is-not-saved",
    doc: "A key is offered before it is on the hub's disk.",
    file: ROTATION,
    find: 'next?.origin !== "rotation" || !next.stored) return undefined;',
    replace: 'next?.origin !== "rotation") return undefined;',
  },
  {
    id: "rotation-refuses-the-next-key",
    doc: "The hub accepts the current key only.",
    file: ROTATION,
    find: "return next?.stored === true && next.slot.keyId === keyId ? next.slot : undefined;",
    replace: "return undefined;",
  },
  {
    id: "rotation-uses-what-is-not-saved",
    doc: "An offered key is used before it is on the disk.",
    file: ROTATION,
    find: "return { ...keyring, next: slot };\n}\n\n/**\n * Takes a key that the hub granted.",
    replace:
      "return { current: slot, next: slot, previous: current };\n}\n\n/**\n * Takes a key that the hub granted.",
  },
  {
    id: "window-takes-every-late-number",
    doc: "A late sequence number is taken again and again.",
    file: "runtime/core/replay-window.ts",
    find: 'return ((word >>> (behind % 32)) & 1) === 1 ? "replayed" : "late";',
    replace: 'return word < 0 ? "replayed" : "late";',
  },
  {
    id: "window-takes-no-late-number",
    doc: "The newest number is taken as seen for all that are late.",
    file: "runtime/core/replay-window.ts",
    find: 'if (sequence > this.#newest) return "newest";',
    replace: 'if (sequence >= this.#newest) return "newest";',
  },
  {
    id: "cookie-fits-every-address",
    doc: "A cookie is good from another address than the one that it was sent to.",
    file: "runtime/core/cookie.ts",
    find: "    asciiBytes(source.address),\n    integerBytes(source.port, 2),",
    replace: '    asciiBytes(""),\n    integerBytes(source.port * 0, 2),',
  },
  {
    id: "grant-ends-at-once",
    doc: "A grant's life is taken for milliseconds.",
    file: "runtime/core/grant.ts",
    find: "return times.nowMs - times.learntMs < grant.lifetimeS * 1000;",
    replace: "return times.nowMs - times.learntMs < grant.lifetimeS;",
  },
];
