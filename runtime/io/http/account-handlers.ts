import type {
  Accounts,
  Credentials,
  LoginOutcome,
  NewSession,
  RegisterOutcome,
} from "./accounts.ts";
import type { OperationHandlers, OperationRequest, UncheckedRequest } from "./operation-handler.ts";
import { loginPage, registrationPage } from "./pages/credentials-page.ts";
import { Problem } from "./problem.ts";

type AccountOperation = "loginForm" | "login" | "registrationForm" | "register" | "logout";

/** Login, registration and logout. */
export function accountHandlers(accounts: Accounts): Pick<OperationHandlers, AccountOperation> {
  const { registration } = accounts;
  const replaceSession = async (
    token: string | undefined,
    outcome: LoginOutcome | RegisterOutcome,
  ): Promise<NewSession> => {
    const session = sessionOf(outcome);
    // The old session ends: who has planted or seen its token gets nothing by this login.
    if (token !== undefined) await accounts.logOut(token);
    return session;
  };
  return {
    loginForm: {
      answer: ({ login }) =>
        login === undefined
          ? { status: 200, json: {}, page: () => loginPage({ registration }) }
          : { status: 200, json: { login }, location: "/" },
    },
    login: {
      answer: async (request) => {
        const outcome = await accounts.logIn(credentialsOf(request), request.address);
        const session = await replaceSession(request.token, outcome);
        return { status: 200, json: session, location: "/", session };
      },
      problemPage: (request, problem) =>
        loginPage({ registration, problem, login: typedLogin(request) }),
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
        const session = await replaceSession(request.token, outcome);
        return { status: 201, json: session, location: "/", session };
      },
      problemPage: (request, problem) =>
        registrationPage({ registration, problem, login: typedLogin(request) }),
    },
    logout: {
      answer: async ({ token }) => {
        if (token !== undefined) await accounts.logOut(token);
        return { status: 204, json: undefined, location: "/auth", session: "ended" };
      },
    },
  };
}

interface Typed {
  readonly query: Partial<Credentials>;
  readonly body: Partial<Credentials>;
}

function credentialsOf({ input: { query, body } }: OperationRequest<Typed>): Credentials {
  const login = body.login ?? query.login;
  const password = body.password ?? query.password;
  if (login === undefined || password === undefined) {
    throw new Problem("invalidRequest", {
      detail: "Give login and password, in a JSON or form body or in the query.",
    });
  }
  return { login, password };
}

function typedLogin({ input: { query, body } }: UncheckedRequest): string | undefined {
  const login = body["login"] ?? query["login"];
  return typeof login === "string" ? login : undefined;
}

function sessionOf(outcome: LoginOutcome | RegisterOutcome): NewSession {
  switch (outcome.kind) {
    case "session":
      return outcome.session;
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
