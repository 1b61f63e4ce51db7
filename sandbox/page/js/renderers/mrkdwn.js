// Tokens of Slack's markup, rich text and Markdown, drawn as nodes. Text is always a text node.
import { Emoji } from "../emoji.js";
import { cx, html, useContext, useState } from "../lib.js";
import { Looking } from "../looking.js";
import { dateTokens, exact, moment } from "../time.js";
import { personOf } from "../people.js";
import { inline, parse } from "./mrkdwn-parse.js";

export function Person({ id, label }) {
  const { viewer } = useContext(Looking);
  const person = personOf(viewer.state, id);
  const name = person?.name ?? (label || "someone");
  return html`<span class=${cx("mention", person?.id === viewer.state.me.id && "mention-me")}>@${name}</span>`;
}

export function Group({ id, label }) {
  const { viewer } = useContext(Looking);
  return html`<span class="mention">@${viewer.state.groups[id] ?? (label.replace(/^@/, "") || "group")}</span>`;
}

/** A channel's name where the reader may see it, and a way there; a private one keeps its name to itself. */
export function Place({ id, label }) {
  const { viewer, go } = useContext(Looking);
  const place = viewer.state.places[id];
  if (!place) return html`<span class="mention">${label ? `#${label}` : "a private channel"}</span>`;
  return html`<button type="button" class="mention mention-link" onClick=${() => go({ channel: id })}>#${place.name}</button>`;
}

const SAFE = /^(https?|mailto|tel|slack):/i;

/** The message that a permalink means, or null: `/archives/C1/p1700000000000100?thread_ts=…`, `/channels/1/2/3`. */
export function permalink(url) {
  const place = /\/channels\/(?:@me|\d{15,20})\/(\d{15,20})(?:\/(\d{15,20}))?(?:$|[?#])/.exec(url ?? "");
  if (place) return { channel: place[1], ts: place[2] ?? "" };
  const found = /\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})/.exec(url ?? "");
  if (!found) return null;
  const thread = /[?&]thread_ts=(\d+\.\d+)/.exec(url)?.[1];
  return { channel: found[1], ts: `${found[2]}.${found[3]}`, thread };
}

const pathOf = (url) => {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
};

export function Link({ url, children }) {
  const { go, viewer } = useContext(Looking);
  const target = permalink(url);
  if (target && viewer.state.places[target.channel]) {
    const open = (event) => {
      event.preventDefault();
      go({ channel: target.channel, thread: target.thread, at: target.ts });
    };
    return html`<a href=${pathOf(url)} onClick=${open}>${children}</a>`;
  }
  if (!SAFE.test(url ?? "")) return html`<span>${children}</span>`;
  return html`<a href=${url} target="_blank" rel="noreferrer noopener">${children}</a>`;
}

export function DateText({ at, format, link, fallback }) {
  const { viewer } = useContext(Looking);
  if (!Number.isFinite(at)) return html`<span>${fallback}</span>`;
  const zone = viewer.state.me.tz;
  const text = dateTokens(format, at, viewer.now(), zone);
  const time = html`<time datetime=${new Date(at * 1000).toISOString()} title=${exact(at, zone)}>${text}</time>`;
  return link ? html`<${Link} url=${link}>${time}<//>` : time;
}

function Spoiler({ inside }) {
  const [shown, setShown] = useState(false);
  if (shown) return html`<span class="spoiler">${drawAll(inside)}</span>`;
  return html`<button type="button" class="spoiler spoiler-hidden" aria-label="Show what is hidden" onClick=${() => setShown(true)}><span aria-hidden="true">${drawAll(inside)}</span></button>`;
}

function Moment({ at, style }) {
  const { viewer } = useContext(Looking);
  const zone = viewer.state.me.tz;
  if (Math.abs(at) > 8e12) return html`<span>Invalid date</span>`;
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${exact(at, zone)}>${moment(style, at, viewer.now(), zone)}</time>`;
}

function List({ ordered, items }) {
  return html`<${ordered ? "ol" : "ul"} class="list">${items.map((item, at) => html`<li key=${at} value=${ordered ? Number(item.number) : undefined} class=${`list-${item.depth}`}>${drawAll(item.in)}</li>`)}<//>`;
}

const BROADCAST = { here: "@here", channel: "@channel", everyone: "@everyone" };

function draw(token, key) {
  switch (token.t) {
    case "text": return token.v;
    case "break": return html`<br key=${key} />`;
    case "bold": return html`<strong key=${key}>${drawAll(token.in)}</strong>`;
    case "italic": return html`<em key=${key}>${drawAll(token.in)}</em>`;
    case "strike": return html`<s key=${key}>${drawAll(token.in)}</s>`;
    case "underline": return html`<u key=${key}>${drawAll(token.in)}</u>`;
    case "code": return html`<code key=${key}>${token.v}</code>`;
    case "fence": return html`<pre key=${key} tabindex="0"><code>${token.v}</code></pre>`;
    case "quote": return html`<blockquote key=${key}>${drawAll(token.in)}</blockquote>`;
    case "user": return html`<${Person} key=${key} id=${token.id} label=${token.label} />`;
    case "channel": return html`<${Place} key=${key} id=${token.id} label=${token.label} />`;
    case "group": return html`<${Group} key=${key} id=${token.id} label=${token.label} />`;
    case "special": return html`<span key=${key} class="mention mention-me">${BROADCAST[token.v] ?? token.v}</span>`;
    case "date": return html`<${DateText} key=${key} ...${token} />`;
    case "link": return html`<${Link} key=${key} url=${token.url}>${drawAll(token.in)}<//>`;
    case "emoji": return html`<${Emoji} key=${key} name=${token.name} />`;
    case "moment": return html`<${Moment} key=${key} ...${token} />`;
    case "command": return html`<span key=${key} class="mention">${token.v}</span>`;
    case "spoiler": return html`<${Spoiler} key=${key} inside=${token.in} />`;
    case "heading": return html`<div key=${key} class=${`md-heading md-h${token.level}`} role="heading" aria-level=${token.level + 2}>${drawAll(token.in)}</div>`;
    case "small": return html`<div key=${key} class="small-print">${drawAll(token.in)}</div>`;
    case "list": return html`<${List} key=${key} ...${token} />`;
    default: return html`<span key=${key} class="unsupported">unsupported text: ${token.t}</span>`;
  }
}

export const drawAll = (tokens) => tokens.map(draw);

export const onlyEmoji = (tokens) =>
  tokens.length > 0 && tokens.length <= 8 && tokens.every((each) => each.t === "emoji" || (each.t === "text" && !each.v.trim()));

/** A message's text, or a mrkdwn text object. A message of emoji alone is drawn large. */
export function Mrkdwn({ text, jumbo }) {
  const tokens = parse(text ?? "");
  const big = jumbo && onlyEmoji(tokens);
  return html`<span class=${cx("mrkdwn", big && "jumbo")} dir="auto">${drawAll(tokens)}</span>`;
}

/** A text object of either kind; plain text knows emoji names and nothing else. */
export function TextObject({ object }) {
  if (!object) return null;
  if (typeof object === "string") return html`<span dir="auto">${object}</span>`;
  if (object.type === "mrkdwn") {
    if (object.verbatim) return html`<span class="mrkdwn" dir="auto">${drawAll(parse(object.text ?? ""))}</span>`;
    return html`<${Mrkdwn} text=${object.text} />`;
  }
  const tokens = object.emoji === false ? [{ t: "text", v: object.text ?? "" }] : inline(object.text ?? "", { marks: false, links: false });
  return html`<span dir="auto">${drawAll(tokens)}</span>`;
}

/** The words of a text object alone, for labels, options of native selects and titles. */
export const plain = (object) => (typeof object === "string" ? object : object?.text ?? "");
