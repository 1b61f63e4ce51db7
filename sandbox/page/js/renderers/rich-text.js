// Slack's rich_text block: sections, lists, quotes and preformatted text of typed elements.
import { Emoji } from "../emoji.js";
import { cx, html } from "../lib.js";
import { DateText, Group, Link, Person, Place } from "./mrkdwn.js";

const BROADCAST = { here: "@here", channel: "@channel", everyone: "@everyone" };

function styled(node, style) {
  if (!style) return node;
  if (style.code) node = html`<code>${node}</code>`;
  if (style.bold) node = html`<strong>${node}</strong>`;
  if (style.italic) node = html`<em>${node}</em>`;
  if (style.strike) node = html`<s>${node}</s>`;
  if (style.underline) node = html`<u>${node}</u>`;
  return node;
}

const withBreaks = (text) => {
  const parts = text.split("\n");
  return parts.flatMap((part, at) => (at ? [html`<br key=${at} />`, part] : [part]));
};

function inlineElement(element) {
  switch (element.type) {
    case "text": return withBreaks(element.text ?? "");
    case "link": return html`<${Link} url=${element.url}>${element.text || element.url}<//>`;
    case "user": return html`<${Person} id=${element.user_id} />`;
    case "channel": return html`<${Place} id=${element.channel_id} />`;
    case "usergroup": return html`<${Group} id=${element.usergroup_id} label="" />`;
    case "broadcast": return html`<span class="mention mention-me">${BROADCAST[element.range] ?? "@here"}</span>`;
    case "emoji": return html`<${Emoji} name=${element.name} />`;
    case "date": return html`<${DateText} at=${element.timestamp} format=${element.format ?? "{date_pretty}"} link=${element.url} fallback=${element.fallback ?? ""} />`;
    case "color": return html`<span class="swatch"><span class="swatch-dot" style=${{ background: element.value }}></span>${element.value}</span>`;
    case "team": return html`<span class="mention">this workspace</span>`;
    default: return html`<span class="unsupported">unsupported rich text: ${String(element.type)}</span>`;
  }
}

const section = (elements) =>
  (elements ?? []).map((each, at) => html`<span key=${at}>${styled(inlineElement(each), each.style)}</span>`);

function List({ list }) {
  const items = (list.elements ?? []).map((item, at) => html`<li key=${at}>${section(item.elements)}</li>`);
  const name = cx("rich-list", list.border && "rich-border");
  const style = { marginInlineStart: `${(list.indent ?? 0) * 24}px` };
  if (list.style === "ordered") return html`<ol class=${name} style=${style} start=${(list.offset ?? 0) + 1}>${items}</ol>`;
  return html`<ul class=${name} style=${style}>${items}</ul>`;
}

function part(element, key) {
  switch (element.type) {
    case "rich_text_section": return html`<div key=${key} class="rich-section" dir="auto">${section(element.elements)}</div>`;
    case "rich_text_list": return html`<${List} key=${key} list=${element} />`;
    case "rich_text_quote": return html`<blockquote key=${key} dir="auto">${section(element.elements)}</blockquote>`;
    case "rich_text_preformatted": return html`<pre key=${key} tabindex="0"><code>${section(element.elements)}</code></pre>`;
    default: return html`<div key=${key} class="unsupported">unsupported rich text: ${String(element.type)}</div>`;
  }
}

export const RichText = ({ block }) => html`<div class="rich">${(block.elements ?? []).map(part)}</div>`;
