// A person's sign: initials on a colour of their own. The app has a square one, as has everybody in a message list.
import { cx, html } from "./lib.js";

const COLOURS = 8;
const KNOWN = { U0ANN: 0, U0RAJ: 1, U0BO: 2, U0IDA: 3, U0MIA: 4, "1480000000000000202": 5, "1480000000000000203": 6 };

function hash(text) {
  let sum = 0;
  for (const each of text) sum = (sum * 31 + each.codePointAt(0)) >>> 0;
  return sum;
}

const first = (word) => [...new Intl.Segmenter().segment(word)][0]?.segment ?? "";
export const initials = (name) => {
  const words = (name || "?").replace(/(.)\s*\(.*\)\s*$/, "$1").trim().split(/\s+/);
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : "")).toUpperCase();
};

/** `size`: "small" (20 px), "medium" (24 px, round) or none (36 px, square as in a message list). */
export function Avatar({ person, name, size }) {
  const id = person?.id ?? name ?? "";
  const colour = person?.bot ? "app" : KNOWN[id] ?? hash(id) % COLOURS;
  return html`<span class=${cx("avatar", size && `avatar-${size}`, `tint-${colour}`)} aria-hidden="true">${initials(name ?? person?.name)}</span>`;
}
