import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { html } from "./html.ts";

test("no text that is put in makes an element or leaves its attribute", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { text: markup } = html`<p title="${text}">${text}</p>`;
      const inside = markup.slice('<p title="'.length, -"</p>".length);
      assert.ok(!inside.includes("<"));
      assert.equal(inside.split('"').length, 2);
    }),
  );
});

test("markup is kept, lists are joined, undefined and false are nothing", () => {
  const items = ["a", "<"].map((item) => html`<b>${item}</b>`);
  assert.equal(html`<i>${items}${undefined}${false}${7}</i>`.text, "<i><b>a</b><b>&lt;</b>7</i>");
});
