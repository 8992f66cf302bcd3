/** What can be wrong with a request, and how HTTP says so. Titles and statuses never vary. */
const PROBLEMS = {
  invalidRequest: { status: 400, title: "The request is not valid" },
  loginNeeded: { status: 401, title: "Login needed" },
  wrongCredentials: { status: 401, title: "Login or password is wrong" },
  crossSite: { status: 403, title: "Request from another site" },
  registrationClosed: { status: 403, title: "Registration is closed" },
  gatewayOff: { status: 403, title: "This hub has no gateway" },
  deviceNotFound: { status: 404, title: "No such device online" },
  rivalNotFound: { status: 404, title: "No such identity asks for this mac" },
  claimNotFound: { status: 404, title: "No such claim" },
  notFound: { status: 404, title: "Nothing is here" },
  methodNotAllowed: { status: 405, title: "Method not allowed" },
  requestTimeout: { status: 408, title: "The request came too slowly" },
  loginTaken: { status: 409, title: "The login is taken" },
  tooManyClaims: { status: 409, title: "Too many open claims" },
  tooLarge: { status: 413, title: "The request is too large" },
  unsupportedMediaType: { status: 415, title: "Media type not supported" },
  tooManyFailures: { status: 429, title: "Too many failures" },
  tooManyRequests: { status: 429, title: "Too many requests at a time" },
  headersTooLarge: { status: 431, title: "The request's headers are too large" },
  // Nobody reads it.
  clientGone: { status: 499, title: "The client no longer waits" },
  internal: { status: 500, title: "The hub failed" },
  busy: { status: 503, title: "The hub is busy" },
  noServerFree: { status: 503, title: "No server has a free place" },
  routerFailed: { status: 504, title: "The router could not be reached" },
} as const;

export type ProblemName = keyof typeof PROBLEMS;

/** A member of the request that does not follow its schema. */
export interface MemberFault {
  readonly in: "query" | "body";
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemMore {
  /** What is wrong this time and what to do, as sentences. */
  readonly detail?: string;
  readonly reason?: string;
  readonly retryAfterS?: number;
  readonly errors?: readonly MemberFault[];
  /** Methods that the address does answer, for 405. */
  readonly allow?: readonly string[];
}

/** Ends the handling of a request with a problem document (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly problem: ProblemName;
  readonly status: number;
  readonly title: string;
  readonly more: ProblemMore;

  constructor(problem: ProblemName, more: ProblemMore = {}) {
    const { status, title } = PROBLEMS[problem];
    super(title);
    this.problem = problem;
    this.status = status;
    this.title = title;
    this.more = more;
  }

  /** The document's text. Equal problems have equal bytes. */
  get document(): string {
    const { detail, reason, retryAfterS, errors } = this.more;
    return JSON.stringify({
      type: `urn:problem-type:tagwire:${this.problem}`,
      title: this.title,
      status: this.status,
      detail,
      reason,
      retryAfterS,
      errors: errors?.slice(0, 16),
    });
  }

  /** Header fields that go with the document. */
  get headers(): Readonly<Record<string, string>> {
    const { retryAfterS, allow } = this.more;
    return {
      ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }),
      ...(allow === undefined ? {} : { allow: allow.join(", ") }),
      ...(this.status === 401 ? { "www-authenticate": 'Bearer realm="tagwire"' } : {}),
    };
  }
}

/** The problem that fits an error which the HTTP library raised, or `internal`. */
export function problemOfStatus(status: number | undefined, detail: string): Problem {
  switch (status) {
    case 400:
      return new Problem("invalidRequest", { detail });
    case 404:
      return new Problem("notFound");
    case 408:
      return new Problem("requestTimeout");
    case 413:
      return new Problem("tooLarge");
    case 415:
      return new Problem("unsupportedMediaType", { detail: "Send JSON or a form." });
    case 431:
      return new Problem("headersTooLarge");
    case 503:
      return new Problem("busy", { retryAfterS: 5 });
    default:
      return new Problem("internal");
  }
}
