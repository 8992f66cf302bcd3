import type { Accounts, Credentials, LoginOutcome, RegisterOutcome } from "./accounts.ts";
import type { OperationAnswer, OperationHandlers, OperationRequest } from "./operation-handler.ts";
import { loginPage, registrationPage } from "./pages/credentials-page.ts";
import { Problem } from "./problem.ts";

type AccountOperation = "loginForm" | "login" | "registrationForm" | "register" | "logout";

/** Login, registration and logout. */
export function accountHandlers(accounts: Accounts): Pick<OperationHandlers, AccountOperation> {
  const { registration } = accounts;
  const begin = async (
    request: OperationRequest,
    answer: OperationAnswer,
  ): Promise<OperationAnswer> => {
    // The old session ends: who has planted or seen its token gets nothing by this login.
    if (request.token !== undefined) await accounts.logOut(request.token);
    return answer;
  };
  return {
    loginForm: {
      answer: ({ login }) => ({
        status: 200,
        json: { login },
        ...(login === undefined ? { page: () => loginPage({ registration }) } : { location: "/" }),
      }),
    },
    login: {
      answer: async (request) => {
        const outcome = await accounts.logIn(credentialsOf(request), request.address);
        return begin(request, sessionAnswer(200, outcome));
      },
      problemPage: ({ input }, problem) =>
        loginPage({ registration, problem, login: typedLogin(input) }),
    },
    registrationForm: {
      answer: () => ({
        status: 200,
        json: { open: registration },
        page: () => registrationPage({ registration }),
      }),
    },
    register: {
      answer: async (request) => {
        const outcome = await accounts.register(credentialsOf(request), request.address);
        return begin(request, sessionAnswer(201, outcome));
      },
      problemPage: ({ input }, problem) =>
        registrationPage({ registration, problem, login: typedLogin(input) }),
    },
    logout: {
      answer: async ({ token }) => {
        if (token !== undefined) await accounts.logOut(token);
        return { status: 204, location: "/auth", session: "ended" };
      },
    },
  };
}

function credentialsOf({ input: { query, body } }: OperationRequest): Credentials {
  const login = body["login"] ?? query["login"];
  const password = body["password"] ?? query["password"];
  if (typeof login !== "string" || typeof password !== "string") {
    throw new Problem("invalidRequest", {
      detail: "Give login and password, in a JSON or form body or in the query.",
    });
  }
  return { login, password };
}

function typedLogin({ query, body }: OperationRequest["input"]): string | undefined {
  const login = body["login"] ?? query["login"];
  return typeof login === "string" ? login : undefined;
}

function sessionAnswer(status: number, outcome: LoginOutcome | RegisterOutcome): OperationAnswer {
  switch (outcome.kind) {
    case "session":
      return { status, json: outcome.session, location: "/", session: outcome.session };
    case "refused":
      throw new Problem("wrongCredentials");
    case "taken":
      throw new Problem("loginTaken", { detail: "Choose another one." });
    case "closed":
      throw new Problem("registrationClosed");
    case "unfit":
      throw new Problem("invalidRequest", { detail: outcome.detail });
    case "backOff":
      throw new Problem("tooManyFailures", { retryAfterS: outcome.retryAfterS });
    case "busy":
      throw new Problem("busy", { retryAfterS: outcome.retryAfterS });
  }
}
