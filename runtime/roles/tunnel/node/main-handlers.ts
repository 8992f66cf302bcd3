import { TubeEndErrors } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type { LinkHandlers } from "../../channel/rpc-link.ts";
import type { NodeServed } from "./node-session.ts";
import type { NodeTubes } from "./node-tubes.ts";

/** What a node does when the main server calls. */
export function mainHandlers(
  tubes: NodeTubes,
  readings: { readonly loadPermille: () => number },
): LinkHandlers<NodeServed> {
  return {
    PrepareTube: (params) => {
      tubes.prepare(params);
    },
    MakeTube: (params, answer) => {
      tubes.make(params, answer);
    },
    CloseTube: ({ tunnel_id }) => {
      tubes.close(tunnel_id);
    },
    ForgetTube: ({ tunnel_id }) => {
      tubes.forget(tunnel_id);
    },
    NodeStatus: (_params, answer) => {
      answer.answer({ tunnels: tubes.size, load_permille: readings.loadPermille() });
    },
    RequestConnection: (params, answer) => {
      const asked = tubes.ask(params.tunnel_id);
      if (asked === undefined) {
        answer.refuse(TubeEndErrors.noFront, "nobody is there to ask");
        return;
      }
      const { front, plain } = asked;
      front.link.notify("PrepareTube", { ...params, plain });
      front.link.call("RequestConnection", params, (outcome) => {
        if (outcome.ok) answer.answer(outcome.result);
        else answer.refuse(TubeEndErrors.noFront, "the front does not answer");
      });
    },
    EstablishConnection: (params) => {
      const established = tubes.established(params.tunnel_id);
      const port = established?.port ?? 0;
      established?.front.link.notify("EstablishConnection", { ...params, port });
      // The front learns from it that there is nothing to wait for.
      if (established !== undefined && established.port === undefined) {
        tubes.forget(params.tunnel_id);
      }
    },
  };
}
