import { LOGIN_RULE } from "../credential-rules.ts";
import type { Problem } from "../problem.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { layout, problemNotice } from "./layout.ts";

export interface CredentialsPage {
  /** The login to fill in, from the request that failed. */
  readonly login?: string | undefined;
  readonly problem?: Problem;
  /** False hides the way to the registration. */
  readonly registration: boolean;
}

/** The form that begins a session. */
export function loginPage(page: CredentialsPage): Html {
  return layout({
    title: "Log in",
    login: undefined,
    narrow: true,
    main: html`<h1>Log in</h1>
      <p class="quiet">to see and control your routers</p>
      ${page.problem && problemNotice(page.problem)}
      <form class="card fields" method="post" action="/auth">
        <div>
          <label for="login">Login</label
          ><input
            id="login"
            name="login"
            type="text"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            required
            maxlength="64"
            value="${page.login ?? ""}"
          />
        </div>
        <div>
          <label for="password">Password</label
          ><input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            maxlength="256"
          />
        </div>
        <button>Log in</button>
      </form>
      ${page.registration && html`<p>No account yet? <a href="/registration">Register</a></p>`}`,
  });
}

/** The form that makes an account. */
export function registrationPage(page: CredentialsPage): Html {
  return layout({
    title: "Register",
    login: undefined,
    narrow: true,
    main: html`<h1>Register</h1>
      <p class="quiet">an account for your routers on this hub</p>
      ${page.problem && problemNotice(page.problem)}
      ${page.registration ? registrationForm(page) : html`<p class="card">This hub does not take new accounts. Ask its operator for one.</p>`}
      <p>Have an account? <a href="/auth">Log in</a></p>`,
  });
}

function registrationForm(page: CredentialsPage): Html {
  return html`<form class="card fields" method="post" action="/registration">
    <div>
      <label for="login">Login</label
      ><input
        id="login"
        name="login"
        type="text"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
        required
        minlength="3"
        maxlength="64"
        aria-describedby="login-hint"
        value="${page.login ?? ""}"
      /><span class="hint" id="login-hint">${LOGIN_RULE}</span>
    </div>
    <div>
      <label for="password">Password</label
      ><input
        id="password"
        name="password"
        type="password"
        autocomplete="new-password"
        required
        minlength="10"
        maxlength="256"
        aria-describedby="password-hint"
      /><span class="hint" id="password-hint">at least 10 characters</span>
    </div>
    <button>Register</button>
  </form>`;
}
