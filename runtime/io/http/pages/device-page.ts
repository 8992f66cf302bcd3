import { encodeBase64Url } from "../../../core/base64url.ts";
import { fingerprintText } from "../../../core/identity-certificate.ts";
import { formatMac } from "../../../core/mac.ts";
import type { DeviceView, GatewayReport, RpcAnswer } from "../hub-port.ts";
import type { Problem } from "../problem.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import { layout, problemNotice } from "./layout.ts";
import {
  durationText,
  memberLabel,
  memberText,
  memoryText,
  permilleText,
} from "./quantity-text.ts";

export interface DevicePage {
  readonly login: string;
  readonly devices: readonly DeviceView[];
  /** True shows a button that calls the router through the hub. */
  readonly gateway: boolean;
  /** What a router just answered. */
  readonly report?: GatewayReport;
  readonly problem?: Problem;
}

/** The routers of an account, and what one of them answered. */
export function devicePage(page: DevicePage): Html {
  const { devices, report } = page;
  const online = devices.filter((device) => device.online).length;
  return layout({
    title: "Devices",
    login: page.login,
    current: "devices",
    main: html`<div class="head">
        <div>
          <h1>Devices</h1>
          <p class="quiet">
            ${devices.length === 0 ? "None yet" : `${String(online)} of ${String(devices.length)} online`}
          </p>
        </div>
        <p><a href="/">Refresh</a></p>
      </div>
      <div aria-live="polite">
        ${page.problem && problemNotice(page.problem)}${report && reportCard(report, devices)}
      </div>
      ${devices.length === 0 ? emptyCard() : deviceTable(page)}`,
  });
}

function emptyCard(): Html {
  return html`<div class="card empty">
    <h2>Add your first router</h2>
    <p>Make a claim code and give it to the router: it then reports here as yours.</p>
    <p><a href="/claims">Make a claim code</a></p>
  </div>`;
}

function deviceTable({ devices, gateway }: DevicePage): Html {
  // The roles are written out because the narrow layout takes the table's own away in some browsers.
  return html`<div class="card list">
    <table role="table" aria-label="Devices">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">State</th>
          <th role="columnheader" scope="col">Device</th>
          <th role="columnheader" scope="col">Last seen</th>
          <th role="columnheader" scope="col">Uptime</th>
          <th role="columnheader" scope="col">Load</th>
          <th role="columnheader" scope="col">Memory free</th>
          <th role="columnheader" scope="col" class="act">Control</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${devices.map((device) => deviceRow(device, gateway))}
      </tbody>
    </table>
  </div>`;
}

function deviceRow(device: DeviceView, gateway: boolean): Html {
  const mac = formatMac(device.mac);
  const about = [
    deviceName(device) === mac ? undefined : mac,
    device.model,
    device.firmware,
  ].filter((part) => part !== undefined && part !== "");
  return html`<tr role="row">
      <td role="cell">
        ${device.online ? html`<span class="state online">Online</span>` : html`<span class="state">Offline</span>`}
      </td>
      <th role="rowheader" scope="row">
        ${deviceName(device)}<span class="sub">${about.join(" · ")}</span>
      </th>
      <td role="cell" class="number" data-label="Last seen">
        ${device.lastSeenS === undefined ? "never" : `${durationText(device.lastSeenS)} ago`}
      </td>
      <td role="cell" class="number" data-label="Uptime">
        ${figure(device.uptimeS, durationText)}
      </td>
      <td role="cell" class="number" data-label="Load">
        ${figure(device.loadPermille, permilleText)}
      </td>
      <td role="cell" class="number" data-label="Memory free">
        ${figure(device.memoryFreeKib, memoryText)}${device.memoryTotalKib !== undefined && html`<span class="sub">of ${memoryText(device.memoryTotalKib)}</span>`}
      </td>
      <td role="cell" class="act">${gateway && connectForm(device, mac)}</td>
    </tr>
    ${device.rival && rivalRow(device, device.rival)} `;
}

/** Below its device: who else asks for the mac. Neither button is the prominent one, for only a comparison says which is right. */
function rivalRow(device: DeviceView, rival: Uint8Array): Html {
  const mac = formatMac(device.mac);
  const name = deviceName(device);
  return html`<tr role="row" class="rival">
    <td role="cell" colspan="7">
      <form method="post" action="/devices/settle" aria-labelledby="rival-${mac}">
        <h2 id="rival-${mac}">Is this still ${name}?</h2>
        <p>
          Another identity reports with the mac of this router and waits for your word. That is so
          after the router was reset or replaced, and when somebody else pretends to be it. Accept
          it only if the router itself prints the new fingerprint when it starts.
        </p>
        <dl>
          <dt>Known</dt>
          <dd><code>${fingerprintText(device.fingerprint)}</code></dd>
          <dt>New</dt>
          <dd><code>${fingerprintText(rival)}</code></dd>
        </dl>
        <input type="hidden" name="mac" value="${mac}" /><input
          type="hidden"
          name="rival"
          value="${encodeBase64Url(rival)}"
        />
        <div class="choice">
          <button
            class="plain small"
            name="accept"
            value="false"
            aria-label="Keep the known router for ${name}"
          >
            Keep the known router
          </button>
          <button
            class="plain small"
            name="accept"
            value="true"
            aria-label="Accept the new router for ${name}"
          >
            Accept the new router
          </button>
        </div>
      </form>
    </td>
  </tr>`;
}

function connectForm(device: DeviceView, mac: string): Html {
  return html`<form method="post" action="/call">
    <input type="hidden" name="mac" value="${mac}" /><button
      class="small"
      aria-label="Connect to ${deviceName(device)}"
      ${!device.online && html` disabled`}
    >
      Connect
    </button>
  </form>`;
}

function deviceName(device: DeviceView): string {
  if (device.label !== "") return device.label;
  return device.hostname !== undefined && device.hostname !== ""
    ? device.hostname
    : formatMac(device.mac);
}

function figure(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? "–" : text(value);
}

function reportCard(report: GatewayReport, devices: readonly DeviceView[]): Html {
  const device = devices.find(({ mac }) => mac === report.mac);
  const name = device === undefined ? formatMac(report.mac) : deviceName(device);
  return html`<section class="card notice good" aria-labelledby="report">
    <h2 id="report">${name} answered</h2>
    <p class="quiet">
      ${report.connectMs === 0 ? "Already connected" : `Connected in ${memberText("connectMs", report.connectMs)}`}
      through the server at ${report.server}
    </p>
    <div class="answers">${report.answers.map(answerBlock)}</div>
  </section>`;
}

function answerBlock(answer: RpcAnswer): Html {
  const body =
    "error" in answer
      ? html`<p>
          ${answer.error.message} <span class="quiet">(code ${String(answer.error.code)})</span>
        </p>`
      : resultBlock(answer.result);
  return html`<div>
    <h3>${answer.method}</h3>
    ${body}
  </div>`;
}

function resultBlock(result: unknown): Html {
  if (typeof result !== "object" || result === null || Array.isArray(result)) {
    return html`<pre><code>${JSON.stringify(result, undefined, 2)}</code></pre>`;
  }
  return html`<dl>
    ${Object.entries(result).map(
      ([name, value]: [string, unknown]) =>
        html`<dt>${memberLabel(name, value)}</dt>
          <dd>${valueText(name, value)}</dd>`,
    )}
  </dl>`;
}

function valueText(name: string, value: unknown): string | Html {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return memberText(name, value);
  }
  return html`<code>${JSON.stringify(value)}</code>`;
}
