import type { FastifyReply, FastifyRequest } from "fastify";
import type { NewSession } from "./accounts.ts";

/** Carries a session's token between a browser and the hub. */
export class SessionCookie {
  readonly name: string;
  readonly #secure: boolean;

  /** @param secure true if browsers reach the hub over TLS; the name then forbids other hosts to plant it (RFC 6265bis, 4.1.3.2). */
  constructor(secure: boolean) {
    this.#secure = secure;
    this.name = secure ? "__Host-tagwire_session" : "tagwire_session";
  }

  /** The token of a request: of its Authorization header if it has one, else of its cookie. */
  tokenOf(request: FastifyRequest): string | undefined {
    const { authorization } = request.headers;
    if (authorization === undefined) return request.cookies[this.name];
    return /^Bearer +([A-Za-z0-9_-]+)$/i.exec(authorization)?.[1];
  }

  /** Gives a browser its new session, or takes the ended one from it. */
  write(reply: FastifyReply, session: NewSession | "ended"): void {
    const attributes = {
      path: "/",
      httpOnly: true,
      sameSite: "lax",
      secure: this.#secure,
    } as const;
    if (session === "ended") reply.clearCookie(this.name, attributes);
    else reply.setCookie(this.name, session.token, { ...attributes, maxAge: session.expiresInS });
  }
}
