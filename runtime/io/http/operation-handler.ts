import type { Html } from "./pages/html.ts";
import type { OperationInput } from "./operation-input.ts";
import type { OperationName } from "./operations.ts";
import type { Problem } from "./problem.ts";
import type { NewSession } from "./accounts.ts";

/** A request that passed its operation's schemas and, where that is asked, has a session. */
export interface OperationRequest {
  readonly input: OperationInput;
  /** Login of the session; undefined without one. */
  readonly login: string | undefined;
  /** Token of the session, to end it; undefined without one. */
  readonly token: string | undefined;
  /** IP address of the client. */
  readonly address: string;
  /** Name or address by which the client knows this hub, without port; undefined if it did not say. */
  readonly hostname: string | undefined;
}

/** What an operation answers: JSON for programs; a page, or another address to load, for browsers. */
export interface OperationAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly page?: () => Html;
  /** Where a browser is sent instead (303). */
  readonly location?: string;
  /** A session that begins, or `ended`; undefined leaves the cookie as it is. */
  readonly session?: NewSession | "ended";
}

export interface OperationHandler {
  /** @throws {Problem} if the operation cannot be done. */
  answer(request: OperationRequest): OperationAnswer | Promise<OperationAnswer>;
  /** The page that shows a problem where the person can mend it; without it, a page that only shows the problem. */
  problemPage?(request: OperationRequest, problem: Problem): Html | Promise<Html>;
}

/** One handler for each operation of the spec: an operation without one does not compile. */
export type OperationHandlers = Readonly<Record<OperationName, OperationHandler>>;

/** The login of a request whose operation asks for a session. */
export function loginOf(request: OperationRequest): string {
  if (request.login === undefined) throw new RangeError("the operation does not ask for a session");
  return request.login;
}
