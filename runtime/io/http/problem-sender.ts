import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../log.ts";
import { wantsPage } from "./accept.ts";
import { problemPage } from "./pages/layout.ts";
import { Problem, problemOfStatus } from "./problem.ts";

const PROBLEM_JSON = "application/problem+json; charset=utf-8";

/** Turns whatever went wrong into a problem document or page. */
export class ProblemSender {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The problem that an error is. What is not the client's fault is logged and not told. */
  problemOf(error: unknown, request: FastifyRequest): Problem {
    if (error instanceof Problem) return error;
    const { statusCode, message } = error as { statusCode?: number; message?: string };
    const problem = problemOfStatus(statusCode, message ?? "The request could not be read.");
    if (problem.status >= 500) {
      this.#log.error(
        { err: error, method: request.method, path: routeOf(request) },
        "request failed",
      );
    }
    return problem;
  }

  send(
    problem: Problem,
    request: FastifyRequest,
    reply: FastifyReply,
    login?: string,
  ): FastifyReply {
    reply.code(problem.status).headers(problem.headers);
    if (!wantsPage(request.headers.accept)) return reply.type(PROBLEM_JSON).send(problem.document);
    if (problem.problem === "loginNeeded") return reply.redirect("/auth", 303);
    return reply.type("text/html; charset=utf-8").send(problemPage(problem, login).text);
  }
}

/**
 * The pattern of the route that a request matched, for logs: what the client wrote in its place may hold a
 * secret or forge lines. `(none)` if no route matched.
 */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? "(none)";
}

/** Answers bytes that are not an HTTP request; nothing of the server's usual handling has taken place. */
export function sendRawProblem(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOfStatus(
    RAW_STATUS[error.code ?? ""] ?? 400,
    "This is not an HTTP request.",
  );
  const { document, status } = problem;
  socket.end(
    [
      `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}`,
      `content-type: ${PROBLEM_JSON}`,
      `content-length: ${String(Buffer.byteLength(document))}`,
      "connection: close",
      "",
      document,
    ].join("\r\n"),
  );
}

const RAW_STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
