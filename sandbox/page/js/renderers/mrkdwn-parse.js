// Slack's own markup ("mrkdwn") to a tree of plain tokens; drawing is next door, so this stays pure.
//
// Tokens: {t: "text", v} {t: "bold"|"italic"|"strike", in} {t: "code", v} {t: "fence", v} {t: "quote", in}
//         {t: "user"|"channel"|"group", id, label} {t: "special", v} {t: "date", at, format, link, fallback}
//         {t: "link", url, in} {t: "emoji", name} {t: "break"}
import { nameOf } from "../emoji.js";

const ENTITY = /^<([^<>\n]+)>/;
const CODE = /^`([^`\n]+)`/;
const SHORTCODE = /^:([a-z0-9_+'-]*[a-z+-][a-z0-9_+'-]*|100)(?:::skin-tone-\d)?:/;
export const PICTURE = /^(?:\p{Extended_Pictographic}|[0-9#*]\uFE0F\u20E3)(?:\uFE0F|\p{Emoji_Modifier})*(?:\u200D\p{Extended_Pictographic}\uFE0F?)*/u;
const BARE_URL = /^https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]'"]/;
const MARKS = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;

export const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function entity(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : unescape(body.slice(bar + 1));
  if (target.startsWith("@")) return { t: "user", id: target.slice(1), label };
  if (target.startsWith("#")) return { t: "channel", id: target.slice(1), label };
  if (target.startsWith("!subteam^")) return { t: "group", id: target.slice(9), label };
  if (target.startsWith("!date^")) {
    const [, at, format, link] = target.split("^");
    return { t: "date", at: Number(at), format: format ?? "", link, fallback: label };
  }
  if (target.startsWith("!")) return { t: "special", v: label || target.slice(1) };
  if (!/^[a-z][a-z0-9+.-]*:/i.test(target)) return { t: "text", v: `<${unescape(body)}>` };
  const url = unescape(target);
  return { t: "link", url, in: [{ t: "text", v: label || url.replace(/^(mailto|tel):/, "") }] };
}

/** Where the mark that opens at `start` closes on the same line, or -1: marks bind to the edges of words. */
function closing(text, start) {
  const mark = text[start];
  if (start > 0 && WORD.test(text[start - 1])) return -1;
  if (start + 1 >= text.length || /\s/.test(text[start + 1]) || text[start + 1] === mark) return -1;
  const line = text.indexOf("\n", start);
  const limit = line < 0 ? text.length : line;
  for (let at = text.indexOf(mark, start + 1); at >= 0 && at < limit; at = text.indexOf(mark, at + 1)) {
    if (!/\s/.test(text[at - 1]) && !(at + 1 < text.length && WORD.test(text[at + 1]))) return at;
  }
  return -1;
}

/** What one position starts: [token, length], or null where it is an ordinary character. */
function tokenAt(text, at, { marks, links }) {
  const rest = text.slice(at, at + 4096);
  const here = text[at];
  let found;
  if (links && here === "<" && (found = ENTITY.exec(rest))) return [entity(found[1]), found[0].length];
  if (marks && here === "`" && (found = CODE.exec(rest))) return [{ t: "code", v: unescape(found[1]) }, found[0].length];
  if (marks && MARKS[here]) {
    const end = closing(text, at);
    if (end > 0) return [{ t: MARKS[here], in: inline(text.slice(at + 1, end)) }, end + 1 - at];
  }
  if (here === ":" && (found = SHORTCODE.exec(rest))) return [{ t: "emoji", name: found[1] }, found[0].length];
  if (links && here === "h" && (found = BARE_URL.exec(rest)) && !(at > 0 && WORD.test(text[at - 1]))) {
    const url = unescape(found[0]);
    return [{ t: "link", url, in: [{ t: "text", v: url }] }, found[0].length];
  }
  if (here === "\n") return [{ t: "break" }, 1];
  if (here > "\u00a8" || /[0-9#*]/.test(here)) {
    if ((found = PICTURE.exec(rest))) {
      const name = nameOf(found[0]);
      if (name) return [{ t: "emoji", name }, found[0].length];
    }
  }
  return null;
}

/** Text without line structure. `marks`: bold and the like; `links`: <…> and bare addresses. */
export function inline(text, options = { marks: true, links: true }) {
  const tokens = [];
  let plain = "";
  const flush = () => {
    if (plain) tokens.push({ t: "text", v: options.links ? unescape(plain) : plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = tokenAt(text, at, options);
    if (found) {
      flush();
      tokens.push(found[0]);
      at += found[1];
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return tokens;
}

const QUOTED = /^(?:&gt;|>) ?/;

function lines(text) {
  const tokens = [];
  let run = [];
  let quoted = false;
  const flush = () => {
    if (!run.length) return;
    const inside = inline(run.join("\n"));
    if (quoted) tokens.push({ t: "quote", in: inside });
    else tokens.push(...inside);
    run = [];
  };
  const all = text.split("\n");
  for (const [at, line] of all.entries()) {
    if (/^(?:&gt;|>){3}/.test(line)) {
      flush();
      quoted = true;
      run = [all.slice(at).join("\n").replace(/^(?:&gt;|>){3} ?/, "")];
      break;
    }
    const isQuote = QUOTED.test(line);
    if (isQuote !== quoted) {
      flush();
      quoted = isQuote;
    }
    run.push(isQuote ? line.replace(QUOTED, "") : line);
  }
  flush();
  return tokens;
}

/** A whole message or text object. */
export function parse(text) {
  const tokens = [];
  const parts = text.split(/```/);
  const closed = parts.length % 2 === 1;
  for (const [at, part] of parts.entries()) {
    const fence = at % 2 === 1 && (closed || at < parts.length - 1);
    if (fence) tokens.push({ t: "fence", v: unescape(part.replace(/^\n/, "").replace(/\n$/, "")) });
    else {
      const dangling = at % 2 === 1 ? "```" : "";
      let rest = part;
      if (tokens.at(-1)?.t === "fence") rest = rest.replace(/^\n/, "");
      if (at < parts.length - 1) rest = rest.replace(/\n$/, "");
      if (dangling + rest) tokens.push(...lines(dangling + rest));
    }
  }
  return tokens;
}
