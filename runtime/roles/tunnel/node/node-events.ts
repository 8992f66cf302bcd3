/** What a node is told by whoever runs it. */
export type TunnelNodeCommand =
  /** Opens the port for fronts and connects to the main server. */
  | { readonly type: "start" }
  /** What the event `savePassword` asked for is on disk. */
  | { readonly type: "saved" }
  /** Ends the session with the main server. */
  | { readonly type: "logout" }
  | { readonly type: "stop" };

/** What a node reports. */
export type TunnelNodeEvent =
  /** Save this and answer with the command `saved`. */
  | { readonly type: "savePassword"; readonly password: string }
  /** The main server's identity was learnt: keep it, and give it to the next start. */
  | { readonly type: "mainLearnt"; readonly fingerprint: Uint8Array }
  /** Another identity than the known one answers at the main server's address; it is refused each time. */
  | { readonly type: "mainChanged"; readonly found: Uint8Array }
  /** Fronts may come to this port; undefined if it could not be opened. */
  | { readonly type: "frontsAt"; readonly port: number | undefined }
  | { readonly type: "online" }
  | { readonly type: "offline" }
  /** The session was ended by `logout`, whether or not the main server answered. */
  | { readonly type: "loggedOut" }
  /** The main server said no, and why: a wrong password, a name that is taken. */
  | { readonly type: "refused"; readonly message: string }
  | { readonly type: "tunnelOver"; readonly tunnel: string; readonly isClean: boolean };
