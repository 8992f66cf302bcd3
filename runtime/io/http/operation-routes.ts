import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { canonicalAddress } from "../addresses.ts";
import { wantsPage } from "./accept.ts";
import type { Accounts } from "./accounts.ts";
import { routeSchema } from "./open-api.ts";
import type {
  OperationAnswer,
  OperationHandler,
  OperationHandlers,
  OperationRequest,
} from "./operation-handler.ts";
import type { InputReader, OperationInput } from "./operation-input.ts";
import { InputReaders } from "./operation-input.ts";
import type { Operation, OperationName } from "./operations.ts";
import { OPERATIONS } from "./operations.ts";
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

const FORM = "application/x-www-form-urlencoded";

/** Adds a route for each operation of the spec, under each of its addresses. */
export function addOperationRoutes(app: FastifyInstance, options: RoutesOptions): void {
  const readers = new InputReaders();
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const [name, operation] of Object.entries(OPERATIONS) as [OperationName, Operation][]) {
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
  operation: Operation,
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
  readonly #handler: OperationHandler;
  readonly #read: InputReader;

  constructor(options: RoutesOptions, handler: OperationHandler, read: InputReader) {
    this.#options = options;
    this.#handler = handler;
    this.#read = read;
  }

  async serve(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply> {
    const { query, body } = request;
    const unread: OperationRequest = {
      ...caller,
      input: { query: membersOf(query), body: membersOf(body) },
      address: canonicalAddress(request.ip),
      hostname: hostnameOf(request),
    };
    try {
      const input: OperationInput = this.#read({ query, body, form: isForm(request) });
      return this.#send(await this.#handler.answer({ ...unread, input }), request, reply);
    } catch (error) {
      const problem = this.#options.problems.problemOf(error, request);
      if (!wantsPage(request.headers.accept) || this.#handler.problemPage === undefined) {
        return this.#options.problems.send(problem, request, reply, caller.login);
      }
      const page = await this.#handler.problemPage(unread, problem);
      return reply
        .code(problem.status)
        .headers(problem.headers)
        .type("text/html; charset=utf-8")
        .send(page.text);
    }
  }

  #send(answer: OperationAnswer, request: FastifyRequest, reply: FastifyReply): FastifyReply {
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
