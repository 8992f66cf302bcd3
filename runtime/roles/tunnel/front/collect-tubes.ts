import type { Tube, TubeUserMethods } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { LinkOutcome } from "../../channel/rpc-link.ts";

/** Where the tunnels of a user are asked for. */
export interface TubeLister {
  call(
    method: "ListTubes",
    params: TubeUserMethods["ListTubes"]["params"],
    settled: (outcome: LinkOutcome<TubeUserMethods["ListTubes"]["result"]>) => void,
  ): void;
}

/** More pages than a user can have tunnels; whoever answers with more has no end. */
const PAGES_MAX = 1000;

/**
 * Asks for the tunnels of the user, page by page.
 * @param only the id of the one that is wanted; undefined for all.
 * @param collected hears of them once; of undefined if the main server could not be asked.
 */
export function collectTubes(
  lister: TubeLister,
  only: string | undefined,
  collected: (tubes: readonly Tube[] | undefined) => void,
): void {
  const tubes: Tube[] = [];
  let pages = 0;
  const ask = (after: number | null): void => {
    const params = {
      ...(after !== null && { after }),
      ...(only !== undefined && { tunnel_id: only }),
    };
    lister.call("ListTubes", params, (outcome) => {
      if (!outcome.ok) {
        collected(undefined);
        return;
      }
      pages += 1;
      tubes.push(...outcome.result.tubes);
      const { next } = outcome.result;
      if (next === null || pages >= PAGES_MAX) collected(tubes);
      else ask(next);
    });
  };
  ask(null);
}
