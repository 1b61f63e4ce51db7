// Discord's Markdown, drawn.
import { cx, html } from "../lib.js";
import { parse } from "./discord-parse.js";
import { drawAll, onlyEmoji } from "./mrkdwn.js";

/** A message of emoji alone is drawn large, where `jumbo` says so. */
export function DiscordText({ text, jumbo }) {
  const tokens = parse(text ?? "");
  return html`<span class=${cx("mrkdwn discord-text", jumbo && onlyEmoji(tokens) && "jumbo")} dir="auto">${drawAll(tokens)}</span>`;
}
