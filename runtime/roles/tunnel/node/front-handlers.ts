import type { RpcError } from "../../../core/index.ts";
import { TubeUserErrors } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { PathWishes } from "../path-wishes.ts";
import type { LinkHandlers, RpcAnswer, RpcLink } from "../../channel/rpc-link.ts";
import type { FrontServed, LocalVisit } from "./local-visit.ts";
import type { MainCalls, NodeServed } from "./node-session.ts";
import type { NodeTubes } from "./node-tubes.ts";

const DECLARED: ReadonlySet<number> = new Set(Object.values(TubeUserErrors));

/** Passes an error of the main server on; one of the way to it means that there is no connection. */
function passOn(answer: RpcAnswer<never>, { code, message }: RpcError): void {
  answer.refuse(DECLARED.has(code) ? code : TubeUserErrors.offline, message);
}

/** What a node does when a front calls. */
export function frontHandlers(
  tubes: NodeTubes,
  visit: LocalVisit,
  node: {
    readonly name: string;
    readonly wishesMax: number;
    readonly link: () => RpcLink<NodeServed, MainCalls> | undefined;
  },
): LinkHandlers<FrontServed> {
  const wishes = new PathWishes(node.wishesMax);
  const online = (
    answer: RpcAnswer<never>,
    work: (link: RpcLink<NodeServed, MainCalls>) => void,
  ): void => {
    const link = node.link();
    if (link === undefined) answer.refuse(TubeUserErrors.offline, "there is no main server");
    else work(link);
  };
  return {
    PreferPath: (wish) => {
      wishes.add(wish);
    },
    RequestTube: (params, answer) => {
      const { local_id } = params;
      // Whatever becomes of the request, its wish is of no other one.
      const taken = wishes.take(local_id);
      online(answer, (link) => {
        const isFull = taken.kind === "forgotten" || link.isBusy;
        const request = isFull ? undefined : tubes.requested(local_id, visit);
        if (request === undefined) {
          answer.refuse(TubeUserErrors.limit, "this request is there already, or too many are");
          return;
        }
        if (taken.kind === "wish") link.notify("PreferPath", taken.wish);
        link.call("RequestTube", params, (outcome) => {
          const tunnel = outcome.ok ? (outcome.result.tunnel_id ?? undefined) : undefined;
          tubes.answered(request, tunnel);
          if (outcome.ok) answer.answer(outcome.result);
          else passOn(answer, outcome.error);
        });
      });
    },
    RequestCloseTube: ({ local_id, tunnel_id }, answer) => {
      online(answer, (link) => {
        const known = tunnel_id ?? tubes.tunnelOf(local_id) ?? null;
        link.call("RequestCloseTube", { local_id, tunnel_id: known }, (outcome) => {
          if (outcome.ok) answer.answer(outcome.result);
          else passOn(answer, outcome.error);
        });
      });
    },
    ListTubes: (params, answer) => {
      online(answer, (link) => {
        link.call("ListTubes", params, (outcome) => {
          if (outcome.ok) answer.answer(outcome.result);
          else passOn(answer, outcome.error);
        });
      });
    },
    AcceptTubes: () => {
      tubes.accept(visit);
    },
    NodeInfo: (_params, answer) => {
      const isOnline = node.link() !== undefined;
      answer.answer({ name: node.name, online: isOnline, tunnels: tubes.size });
    },
  };
}
