import type { HubOperations } from "../../../generated/control/http.ts";
import type { NewSession } from "./accounts.ts";
import type { Html } from "./pages/html.ts";
import type { Problem } from "./problem.ts";

export type OperationName = keyof HubOperations;

/** What a request carries: anything before it is checked, what the spec states afterwards. */
export interface Input<Query, Body> {
  readonly query: Query;
  readonly body: Body;
}

export type InputOf<Name extends OperationName> = Input<
  HubOperations[Name]["query"],
  HubOperations[Name]["body"]
>;

/** A request whose session, where the operation asks for one, is valid. */
export interface OperationRequest<Input> {
  readonly input: Input;
  /** Login of the session; undefined without one. */
  readonly login: string | undefined;
  /** Token that the request came with, valid or not; undefined without one. */
  readonly token: string | undefined;
  /** IP address of the client. */
  readonly address: string;
  /** Name or address by which the client knows this hub, without port; undefined if it did not say. */
  readonly hostname: string | undefined;
}

/** A request that is being answered. */
export interface AwaitedRequest<Input> extends OperationRequest<Input> {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A body of the request as it came, for pages that show what was typed. */
export type UncheckedRequest = OperationRequest<
  Input<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>>
>;

interface ForBrowsers {
  readonly page?: () => Html;
  /** Where a browser is sent instead (303). */
  readonly location?: string;
  /** A session that begins, or `ended`; undefined leaves the cookie as it is. */
  readonly session?: NewSession | "ended";
}

type Responses<Name extends OperationName> = HubOperations[Name]["responses"];

/** What an operation answers when it succeeds: JSON of the shape that the spec states; a page, or another address to load, for browsers. */
export type OperationAnswer<Name extends OperationName> = {
  readonly [Status in keyof Responses<Name> & (200 | 201 | 204)]: ForBrowsers & {
    readonly status: Status;
    readonly json: Responses<Name>[Status];
  };
}[keyof Responses<Name> & (200 | 201 | 204)];

export interface OperationHandler<Name extends OperationName> {
  /** @throws {Problem} if the operation cannot be done. */
  answer(
    request: AwaitedRequest<InputOf<Name>>,
  ): OperationAnswer<Name> | Promise<OperationAnswer<Name>>;
  /** The page that shows a problem where the person can mend it; without it, a page that only shows the problem. */
  problemPage?(request: UncheckedRequest, problem: Problem): Html | Promise<Html>;
}

/** One handler for each operation of the spec: an operation without one does not compile. */
export type OperationHandlers = { readonly [Name in OperationName]: OperationHandler<Name> };

/** An answer of whichever operation. */
export type AnyAnswer = ForBrowsers & { readonly status: number; readonly json: unknown };

/** A handler of whichever operation, for who has checked the input against that operation's schemas. */
export interface AnyHandler {
  answer(request: AwaitedRequest<Input<unknown, unknown>>): AnyAnswer | Promise<AnyAnswer>;
  problemPage?(request: UncheckedRequest, problem: Problem): Html | Promise<Html>;
}

/** The login of a request whose operation asks for a session. */
export function loginOf(request: OperationRequest<unknown>): string {
  if (request.login === undefined) throw new RangeError("the operation does not ask for a session");
  return request.login;
}
