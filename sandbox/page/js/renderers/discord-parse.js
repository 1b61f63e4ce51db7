// Discord's Markdown to a tree of plain tokens, like those of Slack's markup (mrkdwn-parse.js); this stays pure, too.
//
// Beside those: {t: "heading", level, in} {t: "small", in} {t: "list", ordered, items: [{depth, number, in}]}
//               {t: "spoiler", in} {t: "underline", in} {t: "moment", at, style} {t: "command", v}
import { nameOf } from "../emoji.js";
import { PICTURE } from "./mrkdwn-parse.js";

const ENTITIES = [
  [/^<@!?(\d+)>/, ([, id]) => ({ t: "user", id, label: "" })],
  [/^<@&(\d+)>/, ([, id]) => ({ t: "group", id, label: "" })],
  [/^<#(\d+)>/, ([, id]) => ({ t: "channel", id, label: "" })],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, ([, at, style]) => ({ t: "moment", at: Number(at), style: style ?? "f" })],
  [/^<\/([^:<>\n]{1,100}):\d+>/, ([, name]) => ({ t: "command", v: `/${name}` })],
  [/^<a?:(\w{2,32}):\d+>/, ([, name]) => ({ t: "emoji", name })],
  [/^<((?:https?|mailto|tel):[^<>\s]+)>/, ([, url]) => ({ t: "link", url, in: [{ t: "text", v: url.replace(/^(mailto|tel):/, "") }] })],
];
const MASKED = /^\[((?:\\.|[^\\[\]\n])+)\]\(<?(https?:\/\/[^\s<>()]+)>?\)/;
const BARE_URL = /^https?:\/\/[^\s<>]*[^\s<>.,;:!?)\]'"|*_~]/;
const EVERYBODY = /^@(everyone|here)(?!\w)/;
const CODE = /^(`{1,2})((?:(?!\1)[^])+)\1(?!`)/;
const MARKS = [["***", "both"], ["**", "bold"], ["__", "underline"], ["~~", "strike"], ["||", "spoiler"], ["*", "italic"], ["_", "italic"]];
const WORD = /[\p{L}\p{N}]/u;
/** Nothing is drawn for these; apps put them between characters that would else mean something together. */
const SILENT = /[\u200b\u2060]/g;

/** Where the mark that opens at `at` closes, or -1; what is escaped or code does not close it. */
function closing(text, at, mark) {
  for (let here = at + mark.length; here < text.length; here += 1) {
    if (text[here] === "\\") {
      here += 1;
      continue;
    }
    const code = text[here] === "`" && CODE.exec(text.slice(here));
    if (code) {
      here += code[0].length - 1;
      continue;
    }
    if (!text.startsWith(mark, here) || here === at + mark.length) continue;
    let run = mark.length;
    while (text[here + run] === mark[0]) run += 1;
    const end = here + run - mark.length;
    if (mark.length === 1 && (run > 1 || /\s/.test(text[here - 1]) || (mark === "_" && WORD.test(text[here + 1] ?? "")))) {
      here += run - 1;
      continue;
    }
    return end;
  }
  return -1;
}

function marked(text, at) {
  for (const [mark, kind] of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    if (mark.length === 1 && (/\s/.test(text[at + 1] ?? " ") || (mark === "_" && WORD.test(text[at - 1] ?? "")))) continue;
    const end = closing(text, at, mark);
    if (end < 0) continue;
    const inside = inline(text.slice(at + mark.length, end));
    const token = kind === "both" ? { t: "bold", in: [{ t: "italic", in: inside }] } : { t: kind, in: inside };
    return [token, end + mark.length - at];
  }
  return null;
}

/** What one position starts: [token, length], or null where it is an ordinary character. */
function tokenAt(text, at) {
  const here = text[at];
  const rest = text.slice(at, at + 4096);
  let found;
  if (here === "\n") return [{ t: "break" }, 1];
  if (here === "\\" && /[^\p{L}\p{N}\s]/u.test(text[at + 1] ?? "")) return [{ t: "text", v: text[at + 1] }, 2];
  if (here === "`" && (found = CODE.exec(rest))) return [{ t: "code", v: found[2] }, found[0].length];
  if (here === "<") {
    for (const [pattern, made] of ENTITIES) if ((found = pattern.exec(rest))) return [made(found), found[0].length];
  }
  if (here === "[" && (found = MASKED.exec(rest))) return [{ t: "link", url: found[2], in: inline(found[1]) }, found[0].length];
  if (here === "h" && !WORD.test(text[at - 1] ?? "") && (found = BARE_URL.exec(rest))) return [{ t: "link", url: found[0], in: [{ t: "text", v: found[0] }] }, found[0].length];
  if (here === "@" && (found = EVERYBODY.exec(rest))) return [{ t: "special", v: found[1] }, found[0].length];
  if ("*_~|".includes(here)) return marked(text, at);
  if ((here > "\u00a8" || /[0-9#*]/.test(here)) && (found = PICTURE.exec(rest))) {
    const name = nameOf(found[0]);
    if (name) return [{ t: "emoji", name }, found[0].length];
  }
  return null;
}

/** Text without line structure. */
export function inline(text) {
  const tokens = [];
  let plain = "";
  const flush = () => {
    const shown = plain.replace(SILENT, "");
    if (shown) tokens.push({ t: "text", v: shown });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = tokenAt(text, at);
    if (found?.[0].t === "text") {
      plain += found[0].v;
      at += found[1];
    } else if (found) {
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

const ITEM = /^( *)(?:([-*])|(\d{1,9})\.) +(\S.*)$/;

/** What a line is besides words: [kind, what it says]. */
function kindOf(line) {
  let found;
  if ((found = /^> ?(.*)$/.exec(line)) && (line.length === 1 || line[1] === " ")) return ["quote", found[1]];
  if ((found = /^(#{1,3}) +(\S.*)$/.exec(line))) return ["heading", { level: found[1].length, text: found[2] }];
  if ((found = /^-# +(\S.*)$/.exec(line))) return ["small", found[1]];
  if ((found = ITEM.exec(line))) return [found[3] ? "ordered" : "bullets", { depth: Math.min(4, found[1].length >> 1), number: found[3], text: found[4] }];
  return ["words", line];
}

function group(kind, lines) {
  switch (kind) {
    case "quote": return [{ t: "quote", in: blocks(lines.join("\n")) }];
    case "heading": return lines.map(({ level, text }) => ({ t: "heading", level, in: inline(text) }));
    case "small": return lines.map((text) => ({ t: "small", in: inline(text) }));
    case "words": return inline(lines.join("\n"));
    default: return [{ t: "list", ordered: kind === "ordered", items: lines.map(({ depth, number, text }) => ({ depth, number, in: inline(text) })) }];
  }
}

function blocks(text) {
  const tokens = [];
  let run = [];
  let running = "words";
  const flush = () => {
    if (run.length) tokens.push(...group(running, run));
    run = [];
  };
  const all = text.split("\n");
  for (const [at, line] of all.entries()) {
    if (line.startsWith(">>> ")) {
      flush();
      tokens.push({ t: "quote", in: blocks([line.slice(4), ...all.slice(at + 1)].join("\n")) });
      return tokens;
    }
    const [kind, said] = kindOf(line);
    if (kind !== running) {
      flush();
      running = kind;
    }
    run.push(said);
  }
  flush();
  return tokens;
}

const FENCE = /```(?:[a-zA-Z0-9_+.-]*\n)?([^]*?)```/;

/** A whole message or text display. */
export function parse(text) {
  const tokens = [];
  let rest = text;
  for (let found = FENCE.exec(rest); found; found = FENCE.exec(rest)) {
    if (!found[1].trim()) break;
    const before = rest.slice(0, found.index).replace(/\n$/, "");
    if (before) tokens.push(...blocks(before));
    tokens.push({ t: "fence", v: found[1].replace(/\n$/, "") });
    rest = rest.slice(found.index + found[0].length).replace(/^\n/, "");
  }
  if (rest) tokens.push(...blocks(rest));
  return tokens;
}
