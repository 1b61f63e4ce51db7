// Standard Markdown (Slack's `markdown` block, and what Discord shows): marked finds the structure, we draw the nodes.
import { marked } from "marked";
import { inline as chatInline } from "./mrkdwn-parse.js";
import { html } from "../lib.js";
import { Link, drawAll } from "./mrkdwn.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const decode = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (whole) => ENTITIES[whole]);
const words = (text) => drawAll(chatInline(decode(text), { marks: false, links: false }));
const inside = (token) => (token.tokens ? token.tokens.map(draw) : words(token.text ?? ""));

function List({ token }) {
  const items = token.items.map((item, at) => html`
    <li key=${at} class=${item.task ? "task" : ""}>
      ${item.task && html`<input type="checkbox" checked=${item.checked} disabled aria-label=${item.checked ? "done" : "to do"} />`}
      ${item.tokens.filter((each) => each.type !== "checkbox").map(draw)}
    </li>`);
  return token.ordered ? html`<ol start=${token.start || 1}>${items}</ol>` : html`<ul>${items}</ul>`;
}

function Table({ token }) {
  const cell = (tag) => (each, at) => html`<${tag} key=${at} style=${{ textAlign: token.align[at] ?? "start" }}>${inside(each)}<//>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Table"><table>
    <thead><tr>${token.header.map(cell("th"))}</tr></thead>
    <tbody>${token.rows.map((row, at) => html`<tr key=${at}>${row.map(cell("td"))}</tr>`)}</tbody>
  </table></div>`;
}

function draw(token, key) {
  switch (token.type) {
    case "space": return null;
    case "text": return html`<span key=${key}>${inside(token)}</span>`;
    case "escape": return decode(token.text);
    case "html": return token.text;
    case "paragraph": return html`<p key=${key} dir="auto">${inside(token)}</p>`;
    case "heading": return html`<div key=${key} class=${`md-heading md-h${Math.min(token.depth, 4)}`} role="heading" aria-level=${Math.min(token.depth + 2, 6)}>${inside(token)}</div>`;
    case "strong": return html`<strong key=${key}>${inside(token)}</strong>`;
    case "em": return html`<em key=${key}>${inside(token)}</em>`;
    case "del": return html`<s key=${key}>${inside(token)}</s>`;
    case "codespan": return html`<code key=${key}>${decode(token.text)}</code>`;
    case "code": return html`<pre key=${key} tabindex="0"><code>${token.text}</code></pre>`;
    case "blockquote": return html`<blockquote key=${key}>${inside(token)}</blockquote>`;
    case "list": return html`<${List} key=${key} token=${token} />`;
    case "table": return html`<${Table} key=${key} token=${token} />`;
    case "hr": return html`<hr key=${key} />`;
    case "br": return html`<br key=${key} />`;
    case "link": return html`<${Link} key=${key} url=${token.href}>${inside(token)}<//>`;
    case "image": return html`<${Link} key=${key} url=${token.href}>${token.text || token.href}<//>`;
    default: return html`<span key=${key} class="unsupported">unsupported markdown: ${token.type}</span>`;
  }
}

export const Markdown = ({ text }) => html`<div class="markdown">${marked.lexer(text ?? "", { gfm: true, breaks: true }).map(draw)}</div>`;
