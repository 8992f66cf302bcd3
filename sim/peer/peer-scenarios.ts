import excuses from "./excused-transitions.json" with { type: "json" };
import { PEER_ELEMENTS } from "../../generated/peer/elements.ts";
import type { Scenario } from "../campaign/scenario.ts";
import { drawPeerCase } from "./draw-peer-case.ts";
import { PEER_DECODER } from "./peer-decoder.ts";
import { peerProgram, peerServerProgram } from "./peer-programs.ts";
import {
  DELIVERED_ONCE,
  PEERS_CONVERGE,
  PEERS_END,
  PeerStage,
  REPORTED_TRULY,
} from "./peer-stage.ts";

/** Peers behind NAT boxes talk, compare codes and send files through servers that crash, or past them. */
export const peers: Scenario = {
  name: "peers",
  doc: "Three peers behind NAT boxes of any kind and two servers that know nothing of each other: messages arrive once or are reported failed, and after the last fault everybody reaches everybody.",
  checkers: [DELIVERED_ONCE, REPORTED_TRULY, PEERS_CONVERGE, PEERS_END],
  decoder: PEER_DECODER,
  programs: { peerServer: peerServerProgram, peer: peerProgram },
  spec: {
    protocols: [PEER_ELEMENTS],
    excuses,
    rolesOf: { peerServer: ["peerServer"], peer: ["peer"] },
  },
  optionalHosts: () => ["server 2", "peer 3"],
  draw: (random, choices) => drawPeerCase("peers", random, choices),
  run: async (run) => {
    const stage = await PeerStage.build(run);
    await stage.play(run.case);
  },
};

/** The scenarios of peers. */
export const PEER_SCENARIOS: readonly Scenario[] = [peers];
