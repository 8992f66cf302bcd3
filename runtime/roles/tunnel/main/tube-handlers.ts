import type {
  ListTubesParams,
  ListTubesResult,
  PreferPathParams,
  RequestTubeParams,
  RequestTubeResult,
  TubeUserMethods,
} from "../../../../generated/tunnel/rpc/tube-user.ts";
import { TunnelProblem, tunnelProblemName } from "../../../../generated/tunnel/types.ts";
import type { LinkHandlers, RpcAnswer } from "../../channel/rpc-link.ts";
import type { MainSession } from "./main-session.ts";
import type { PathWishes } from "../path-wishes.ts";

/** What a session asks about tunnels. */
export interface SessionTubes {
  request(
    session: MainSession,
    request: RequestTubeParams & { readonly wish: PreferPathParams | undefined },
    answer: RpcAnswer<RequestTubeResult>,
  ): void;
  /** Whether there was such a tunnel of this user. */
  close(session: MainSession, tube: { localId: string; tunnelId: string | null }): boolean;
  /** The tunnels of this user, a page of them or one. */
  list(session: MainSession, which: ListTubesParams): ListTubesResult;
  measured(session: MainSession, tunnel: string, latencyMs: number): void;
  ended(session: MainSession, tunnel: string, isClean: boolean): void;
}

/** What a main server does when a node passes on what its user asks for. */
export function tubeHandlers(
  session: MainSession,
  { tubes, wishes }: { readonly tubes: SessionTubes; readonly wishes: PathWishes },
): LinkHandlers<TubeUserMethods> {
  return {
    PreferPath: (wish) => {
      if (session.isActive) wishes.add(wish);
    },
    RequestTube: (request, answer) => {
      session.ifActive(answer, () => {
        const taken = wishes.take(request.local_id);
        if (taken.kind === "forgotten") {
          const reason = `${tunnelProblemName(TunnelProblem.limit)}: too many wishes came before the request`;
          answer.answer({ is_allowed: false, reason, tunnel_id: null });
          return;
        }
        const wish = taken.kind === "wish" ? taken.wish : undefined;
        tubes.request(session, { ...request, wish }, answer);
      });
    },
    RequestCloseTube: ({ local_id, tunnel_id = null }, answer) => {
      session.ifActive(answer, () => {
        const isDone = tubes.close(session, { localId: local_id, tunnelId: tunnel_id });
        answer.answer({ is_success: isDone, message: isDone ? "" : "there is no such tunnel" });
      });
    },
    ListTubes: (which, answer) => {
      session.ifActive(answer, () => {
        answer.answer(tubes.list(session, which));
      });
    },
  };
}
