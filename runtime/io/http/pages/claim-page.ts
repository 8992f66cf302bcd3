import type { ClaimView } from "../hub-port.ts";
import type { Problem } from "../problem.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { layout, problemNotice } from "./layout.ts";
import { durationText } from "./quantity-text.ts";

export interface ClaimPage {
  readonly login: string;
  readonly claims: readonly ClaimView[];
  /** Milliseconds since 1970, to say how long a claim still works. */
  readonly nowMs: number;
  /** A code that was just made, and the command that gives it to a router. */
  readonly made?: { readonly code: string; readonly command: string; readonly reusable: boolean };
  readonly problem?: Problem;
}

/** The form that makes a claim code, the code just made, and the codes that are open. */
export function claimPage(page: ClaimPage): Html {
  const { made, claims } = page;
  return layout({
    title: "Claim codes",
    login: page.login,
    current: "claims",
    main: html`<h1>Claim codes</h1>
      <p class="quiet">
        A router that is started with one of these codes becomes a device of this account.
      </p>
      <div aria-live="polite">
        ${page.problem && problemNotice(page.problem)}${made && madeCard(made)}
      </div>
      ${claimForm()} ${claims.length > 0 && claimTable(page)}`,
  });
}

function madeCard({ code, command, reusable }: NonNullable<ClaimPage["made"]>): Html {
  return html`<section class="card notice good" aria-labelledby="made">
    <h2 id="made">Your new code</h2>
    <p>
      It is shown this
      once${reusable ? " and works for any number of routers" : " and works for one router"}.
    </p>
    <pre><code class="code">${code}</code></pre>
    <p>Start the router with:</p>
    <pre><code>${command}</code></pre>
  </section>`;
}

function claimForm(): Html {
  return html`<form class="card" method="post" action="/claims">
    <h2>Make a code</h2>
    <div class="fields across">
      <div>
        <label for="label">Label</label
        ><input
          id="label"
          name="label"
          type="text"
          maxlength="64"
          autocomplete="off"
          placeholder="Attic"
        />
      </div>
      <div>
        <label for="expiry">Works for</label
        ><select id="expiry" name="expiresInS">
          <option value="3600">an hour</option>
          <option value="86400" selected>a day</option>
          <option value="604800">a week</option>
          <option value="7776000">90 days</option>
        </select>
      </div>
      <div class="check">
        <input id="reusable" name="reusable" type="checkbox" value="true" /><label for="reusable"
          >For a fleet<span class="hint"
            >Any number of routers may use it, until it expires or you revoke it.</span
          ></label
        >
      </div>
      <button>Make a code</button>
    </div>
  </form>`;
}

function claimTable({ claims, nowMs }: ClaimPage): Html {
  return html`<div class="card list">
    <table role="table" aria-label="Open codes">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Label</th>
          <th role="columnheader" scope="col">Kind</th>
          <th role="columnheader" scope="col">Used by</th>
          <th role="columnheader" scope="col">Expires in</th>
          <th role="columnheader" scope="col" class="act">Change</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${claims.map((claim) => claimRow(claim, nowMs))}
      </tbody>
    </table>
  </div>`;
}

function claimRow(claim: ClaimView, nowMs: number): Html {
  const label = claim.label === "" ? "No label" : claim.label;
  return html`<tr role="row">
    <th role="rowheader" scope="row">${label}</th>
    <td role="cell" data-label="Kind">${claim.reusable ? "Fleet" : "Single use"}</td>
    <td role="cell" class="number" data-label="Used by">${routers(claim.uses)}</td>
    <td role="cell" class="number" data-label="Expires in">
      ${durationText((claim.expiresAtMs - nowMs) / 1000)}
    </td>
    <td role="cell" class="act">
      <form method="post" action="/claims/revoke">
        <input type="hidden" name="id" value="${claim.id}" /><button
          class="plain small"
          aria-label="Revoke the code ${label}"
        >
          Revoke
        </button>
      </form>
    </td>
  </tr> `;
}

function routers(count: number): string {
  if (count === 0) return "no router yet";
  return count === 1 ? "1 router" : `${String(count)} routers`;
}
