import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HUB_HTTP } from "../../../generated/control/http.ts";
import type { HttpOperationInfo } from "../../core/index.ts";
import { canonicalAddress } from "../addresses.ts";
import { wantsPage } from "./accept.ts";
import type { Accounts } from "./accounts.ts";
import { awaitedWork } from "./awaited-work.ts";
import { routeSchema } from "./open-api.ts";
import type {
  AnyAnswer,
  AnyHandler,
  OperationHandlers,
  OperationName,
  UncheckedRequest,
} from "./operation-handler.ts";
import type { InputReader } from "./operation-input.ts";
import { InputReaders } from "./operation-input.ts";
import { isCrossSite } from "./origin-check.ts";
import { Problem } from "./problem.ts";
import type { ProblemSender } from "./problem-sender.ts";
import type { SessionCookie } from "./session-cookie.ts";

export interface RoutesOptions {
  readonly accounts: Accounts;
  readonly handlers: OperationHandlers;
  readonly cookie: SessionCookie;
  readonly problems: ProblemSender;
}

/** Session of a request, found before its body is read. */
interface Caller {
  readonly login: string | undefined;
  readonly token: string | undefined;
}

/** The longest work is a connect or a call: the protocol's own limits add up to less. */
const ANSWER_MS = 120_000;
const FORM = "application/x-www-form-urlencoded";

/** Adds a route for each operation of the spec, under each of its addresses. */
export function addOperationRoutes(app: FastifyInstance, options: RoutesOptions): void {
  const readers = new InputReaders();
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const [name, operation] of Object.entries(HUB_HTTP) as [
    OperationName,
    HttpOperationInfo,
  ][]) {
    const route = new OperationRoute(options, options.handlers[name], readers.readerOf(operation));
    for (const url of [operation.path, ...operation.aliases]) {
      const schema = routeSchema(name, operation);
      app.route({
        method: operation.method,
        url,
        schema: url === operation.path ? schema : { ...schema, hide: true },
        onRequest: async (request) => {
          if (operation.method !== "GET" && isCrossSite(request.headers))
            throw new Problem("crossSite");
          callers.set(request, await callerOf(request, operation, options));
        },
        handler: (request, reply) =>
          route.serve(
            request,
            reply,
            callers.get(request) ?? { login: undefined, token: undefined },
          ),
      });
    }
  }
}

async function callerOf(
  request: FastifyRequest,
  operation: HttpOperationInfo,
  { accounts, cookie }: RoutesOptions,
): Promise<Caller> {
  const token = cookie.tokenOf(request);
  const login = token === undefined ? undefined : await accounts.loginOf(token);
  if (operation.auth === "session" && login === undefined) throw new Problem("loginNeeded");
  return { login, token };
}

/** Serves the requests for one operation. */
class OperationRoute {
  readonly #options: RoutesOptions;
  readonly #handler: AnyHandler;
  readonly #read: InputReader;

  constructor(options: RoutesOptions, handler: AnyHandler, read: InputReader) {
    this.#options = options;
    this.#handler = handler;
    this.#read = read;
  }

  async serve(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply> {
    const { query, body } = request;
    const unread: UncheckedRequest = {
      ...caller,
      input: { query: membersOf(query), body: membersOf(body) },
      address: canonicalAddress(request.ip),
      hostname: hostnameOf(request),
    };
    let answer: AnyAnswer;
    try {
      const input = this.#read({ query, body, form: isForm(request) });
      answer = await awaitedWork(reply.raw, ANSWER_MS, (signal) =>
        this.#handler.answer({ ...unread, input, signal }),
      );
    } catch (error) {
      return this.#refuse(error, unread, request, reply);
    }
    return this.#send(answer, request, reply);
  }

  async #refuse(
    error: unknown,
    unread: UncheckedRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { problems } = this.#options;
    const problem = problems.problemOf(error, request);
    if (!wantsPage(request.headers.accept) || this.#handler.problemPage === undefined) {
      return problems.send(problem, request, reply, unread.login);
    }
    const page = await this.#handler.problemPage(unread, problem);
    return reply
      .code(problem.status)
      .headers(problem.headers)
      .type("text/html; charset=utf-8")
      .send(page.text);
  }

  #send(answer: AnyAnswer, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (answer.session !== undefined) this.#options.cookie.write(reply, answer.session);
    if (wantsPage(request.headers.accept)) {
      if (answer.location !== undefined) return reply.redirect(answer.location, 303);
      if (answer.page !== undefined) {
        return reply.code(answer.status).type("text/html; charset=utf-8").send(answer.page().text);
      }
    }
    reply.code(answer.status);
    if (answer.json === undefined) return reply.send();
    return reply.type("application/json; charset=utf-8").send(JSON.stringify(answer.json));
  }
}

function isForm(request: FastifyRequest): boolean {
  return request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() === FORM;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

// The Host header is the client's word, and stands in commands that a person copies into a shell.
function hostnameOf(request: FastifyRequest): string | undefined {
  return /^([a-z0-9.-]+|\[[0-9a-f:.]+\])$/i.test(request.hostname) ? request.hostname : undefined;
}
