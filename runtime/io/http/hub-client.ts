import { Ajv2020 } from "ajv/dist/2020.js";
import type { HubOperations, Problem } from "../../../generated/control/http.ts";
import { HUB_HTTP } from "../../../generated/control/http.ts";
import { JsonError, OperatorError, parseJson } from "../../core/index.ts";
import type { OperationName } from "./operation-handler.ts";

/** How a hub answered a request that it did not carry out. */
export class HubProblemError extends Error {
  override readonly name = "HubProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(
      problem.detail === undefined ? `${problem.title}.` : `${problem.title}. ${problem.detail}`,
    );
    this.problem = problem;
  }
}

/** No answer came from the hub's address, or it broke off: worth another try. */
export class HubUnreachableError extends OperatorError {
  /** What is wrong, one sentence without the place. */
  readonly problem: string;

  constructor(options: ConstructorParameters<typeof OperatorError>[0]) {
    super(options);
    this.problem = options.problem;
  }
}

/** What an operation answers when it succeeds; of several operations, what any of them does. */
type Success<Name extends OperationName> = Name extends OperationName
  ? HubOperations[Name]["responses"][keyof HubOperations[Name]["responses"] & (200 | 201 | 204)]
  : never;

/** Query and body of a request, those that its operation has, and its session's token. */
export interface HubRequest<Name extends OperationName> {
  readonly query?: HubOperations[Name]["query"];
  readonly body?: HubOperations[Name]["body"];
  readonly token?: string | undefined;
}

const ANSWER_BYTES_MAX = 4_194_304;
/** A connect takes as long as the protocol admits. */
const ANSWER_MS = 90_000;

/** Speaks a hub's HTTP interface, by the same description that the hub answers by. */
export class HubClient {
  /** URL of the hub, with a slash at its end. */
  readonly url: string;
  readonly #ajv = new Ajv2020({ strict: false });

  constructor(url: URL) {
    this.url = url.href.endsWith("/") ? url.href : `${url.href}/`;
  }

  /**
   * Asks for one operation.
   *
   * @throws {HubProblemError} if the hub answers with a problem.
   * @throws {HubUnreachableError} if it cannot be reached.
   * @throws {OperatorError} if it is not a hub.
   */
  async request<Name extends OperationName>(
    name: Name,
    request: HubRequest<Name> = {},
  ): Promise<Success<Name>> {
    const { method, path, responses } = HUB_HTTP[name];
    const url = new URL(path.slice(1), this.url);
    for (const [key, value] of Object.entries(request.query ?? {}))
      url.searchParams.set(key, String(value));
    const response = await this.#fetch(url, {
      method,
      headers: {
        accept: "application/json",
        ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const stated = responses.find(({ status }) => status === response.status);
    if (stated?.schema === undefined && response.ok && stated !== undefined)
      return undefined as Success<Name>;
    const answer = await this.#read(response);
    if (!response.ok) throw new HubProblemError(this.#problemOf(response, answer));
    if (stated?.schema === undefined || !this.#ajv.validate(stated.schema, answer)) {
      throw this.#notAHub(`its answer to ${method} ${path} is not what the interface states.`);
    }
    return answer as Success<Name>;
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, {
        ...init,
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async #read(response: Response): Promise<unknown> {
    const bytes = await boundedBytes(response).catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    if (bytes === undefined) throw this.#notAHub("its answer is too long.");
    try {
      return bytes.length === 0 ? undefined : parseJson(bytes, { maxBytes: ANSWER_BYTES_MAX });
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      throw this.#notAHub(`its answer (HTTP ${String(response.status)}) is not JSON.`);
    }
  }

  #problemOf(response: Response, answer: unknown): Problem {
    const schema = HUB_HTTP.connect.responses.find(({ status }) => status === 404)?.schema;
    if (schema !== undefined && this.#ajv.validate(schema, answer)) return answer as Problem;
    throw this.#notAHub(`it answered HTTP ${String(response.status)} without saying why.`);
  }

  #unreachable(error: unknown): HubUnreachableError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return new HubUnreachableError({
      place: this.url,
      problem: `the hub cannot be reached (${causeText(cause)}).`,
      remedy: "Check the address, and that the hub runs.",
      cause: error,
    });
  }

  #notAHub(problem: string): OperatorError {
    return new OperatorError({
      place: this.url,
      problem,
      remedy: "Check that this is the address of a hub.",
    });
  }
}

async function boundedBytes(response: Response): Promise<Uint8Array | undefined> {
  const body = response.body as AsyncIterable<Uint8Array> | null;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
