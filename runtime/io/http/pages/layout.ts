import type { Problem } from "../problem.ts";
import { Html, html } from "./html.ts";
import { durationText } from "./quantity-text.ts";
import { STYLE } from "./style.ts";

export interface Layout {
  /** What the page is about, before the product's name in the title. */
  readonly title: string;
  /** Account of the session; undefined shows no navigation. */
  readonly login: string | undefined;
  /** The page that the navigation marks as this one. */
  readonly current?: "devices" | "claims";
  /** True for a page that is one small form. */
  readonly narrow?: boolean;
  readonly main: Html;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b5fce'/%3E%3Cpath d='M7 11h18M16 11v12M9 20l7 4 7-4' stroke='%23fff' stroke-width='3' fill='none' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

// Not in the template: the policy names the digest of exactly this text, so not a space may be added.
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

/** A whole page. */
export function layout(page: Layout): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} – Tagwire</title>
        <link rel="icon" href="${ICON}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${head(page)}
        <main id="main" ${page.narrow === true && html` class="narrow"`}>${page.main}</main>
      </body>
    </html> `;
}

function head({ login, current }: Layout): Html {
  const mark = (name: Layout["current"]): Html | false =>
    current === name && html` aria-current="page"`;
  return html`<header>
    <div class="bar">
      <a class="brand" href="/"
        ><svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
          <path
            d="M5 10h22M16 10v14M7 20l9 5 9-5"
            stroke="currentColor"
            stroke-width="3.2"
            fill="none"
            stroke-linecap="round"
            stroke-linejoin="round"
          /></svg
        >Tagwire</a
      >
      ${
        login !== undefined &&
        html`<nav aria-label="Pages">
            <a href="/" ${mark("devices")}>Devices</a
            ><a href="/claims" ${mark("claims")}>Claim codes</a>
          </nav>
          <div class="who">
            <span>${login}</span>
            <form method="post" action="/logout"><button class="plain small">Log out</button></form>
          </div>`
      }
    </div>
  </header>`;
}

/** A problem, announced to assistive technology as soon as the page is there. */
export function problemNotice(problem: Problem): Html {
  const { detail, retryAfterS, errors } = problem.more;
  return html`<div class="card notice bad" role="alert">
    <h2>${problem.title}</h2>
    ${detail !== undefined && html`<p>${detail}</p>`}
    ${
      errors !== undefined &&
      html`<ul>
        ${errors.map(({ pointer, detail: fault }) => html`<li><code>${pointer === "" ? "request" : pointer.slice(1)}</code> ${fault}</li>`)}
      </ul>`
    }
    ${retryAfterS !== undefined && html`<p>Try again in ${durationText(retryAfterS)}.</p>`}
  </div>`;
}

/** The page for a problem that no other page shows. */
export function problemPage(problem: Problem, login: string | undefined): Html {
  return layout({
    title: problem.title,
    login,
    narrow: true,
    main: html`<h1>${String(problem.status)}</h1>
      ${problemNotice(problem)}
      <p><a href="/">Back to your devices</a></p>`,
  });
}
