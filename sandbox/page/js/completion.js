// What can follow what was typed: commands and their arguments, people, places, emoji. Pure, so it is quick to check.
//
// The server tells of a command: {name, description, usage, verbs: [{name, usage, help, arguments: [{name, kind, values, optional}]}]}.
// An argument's kind is "person", "place", "choice" (one of `values`) or anything else, then its name is only shown.
import { EMOJI_NAMES } from "./emoji.js";

const MOST = 8;

const starts = (typed) => (word) => word.toLowerCase().startsWith(typed.toLowerCase());

function people(state, typed, insert) {
  const word = typed.toLowerCase();
  return Object.values(state.people)
    .filter((person) => !person.deleted && (person.name.toLowerCase().split(" ").concat(person.handle, person.name.toLowerCase()).some((each) => each.startsWith(word))))
    .map((person) => ({ label: person.name, hint: person.organisation, person, insert: insert(person) }));
}

function places(state, typed) {
  return state.order
    .map((id) => state.places[id])
    .filter((place) => place.kind !== "im" && !place.archived && starts(typed)(place.name))
    .map((place) => ({ label: `#${place.name}`, hint: place.staff ? "staff only" : "", insert: `#${place.name} ` }));
}

function argument(state, spec, typed) {
  if (!spec) return [];
  if (spec.kind === "person") return people(state, typed.replace(/^@/, ""), (person) => `@${person.name} `);
  if (spec.kind === "place") return places(state, typed.replace(/^#/, ""));
  return (spec.values ?? [])
    .map((value) => (typeof value === "string" ? { value } : value))
    .filter(({ value }) => starts(typed)(value))
    .map(({ value, help }) => ({ label: value, hint: help ?? "", insert: `${value} ` }));
}

function slash(text, state) {
  const words = text.split(/\s+/);
  const typed = words.at(-1);
  const from = text.length - typed.length;
  if (words.length === 1) {
    const items = state.commands.filter((each) => starts(typed)(each.name)).map((each) => ({ label: each.name, usage: each.usage, hint: each.description, insert: `${each.name} ` }));
    return { from: 0, title: "Commands", items };
  }
  const command = state.commands.find((each) => each.name === words[0]);
  const verbs = command?.verbs ?? [];
  if (words.length === 2) {
    const items = verbs.filter((each) => starts(typed)(each.name)).map((each) => ({ label: each.name, usage: (each.usage ?? "").replace(new RegExp(`^${each.name}\\s*`), ""), hint: each.help, insert: `${each.name} ` }));
    return { from, title: words[0], items };
  }
  const verb = verbs.find((each) => each.name === words[1]);
  const specs = verb?.arguments ?? [];
  const spec = specs[Math.min(words.length - 3, specs.length - 1)];
  const usage = verb ? `${words[0]} ${verb.usage ?? verb.name}` : words[0];
  const items = argument(state, words.length - 3 < specs.length || spec?.many ? spec : null, typed);
  return { from, title: usage, hint: verb?.help, items };
}

/** `{from, title, hint?, items: [{label, hint, usage?, insert, person?, emoji?}]}` for the text before the caret, or null. */
export function suggest(before, state) {
  if (/^\/[^\n]*$/.test(before)) {
    const found = slash(before, state);
    if (found.items.length || found.hint) return { ...found, items: found.items.slice(0, found.from ? 60 : MOST), command: true };
    return null;
  }
  const token = /(?:^|[\s(])([@#:])([\p{L}\p{N}_+'-]*)$/u.exec(before);
  if (!token) return null;
  const [, sign, typed] = token;
  const from = before.length - typed.length - 1;
  const items = sign === "@" ? people(state, typed, (person) => `@${person.name} `)
    : sign === "#" ? places(state, typed)
      : typed.length < 2 ? [] : EMOJI_NAMES.filter((name) => name.includes(typed.toLowerCase())).sort((one, other) => one.indexOf(typed) - other.indexOf(typed))
        .map((name) => ({ label: `:${name}:`, emoji: name, hint: "", insert: `:${name}: ` }));
  return items.length ? { from, title: { "@": "People", "#": "Channels", ":": "Emoji" }[sign], items: items.slice(0, MOST) } : null;
}
