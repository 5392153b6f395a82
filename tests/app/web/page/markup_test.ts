/** Markup escapes what it is made of. */

import { assertEquals } from "@std/assert";
import { html, Markup } from "../../../../lib/app/web/page/markup.ts";

Deno.test("html escapes what would end a text, an element or an attribute", () => {
  const hostile = `</p><script>alert("1")</script>&amp;'`;
  assertEquals(
    html`<p title="${hostile}">${hostile}</p>`.text,
    '<p title="&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39;">' +
      "&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39;</p>",
  );
});

Deno.test("html makes control characters visible, those that turn the direction of writing too", () => {
  assertEquals(html`${"a\u0000b\u202ec\nd"}`.text, "a\\x00b\\u{202e}c\\x0ad");
});

Deno.test("html takes markup as it is, one or several, numbers, and nothing for undefined", () => {
  const items = [1, 2].map((number) => html`<li>${number}</li>`);
  assertEquals(html`<ul>${items}</ul>`.text, "<ul><li>1</li><li>2</li></ul>");
  assertEquals(html`${undefined}${new Markup("<br>")}`.text, "<br>");
});

Deno.test("html leaves out the ends of lines between elements, and makes a space of others", () => {
  const item = html`
    <li>1</li>
  `;
  const list = html`
    <ul>
      ${item}
      <li>2
        and 3</li>
    </ul>
  `;
  assertEquals(list.text, "<ul><li>1</li><li>2 and 3</li></ul>");
  assertEquals(html`<b>1</b> ${"2"} <i>3</i>`.text, "<b>1</b> 2 <i>3</i>");
});
