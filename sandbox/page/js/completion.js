// What can follow what was typed: commands and their arguments, people, places, emoji. Pure, so it is quick to check.
//
// The server tells of a command: {name, description, usage, verbs: [{name, args, help, arguments: [{kind, values, optional}]}]}.
// An argument's kind is "person", "place", "choice" (one of `values`), or a word that is only shown.
import { suggestCommand } from "./completion-discord.js";
import { EMOJI_NAMES } from "./emoji.js";
import { isOn } from "./people.js";

const MOST = 8;

const starts = (typed) => (word) => word.toLowerCase().startsWith(typed.toLowerCase());

function people(state, on, typed, insert) {
  const word = typed.toLowerCase();
  return Object.values(state.people)
    .filter((person) => !person.deleted && isOn(person, on) && (person.name.toLowerCase().split(" ").concat(person.handle, person.name.toLowerCase()).some((each) => each.startsWith(word))))
    .map((person) => ({ label: person.name, hint: person.organisation, person, insert: insert(person) }));
}

function places(state, on, typed) {
  return state.order
    .map((id) => state.places[id])
    .filter((place) => place.on === on && place.kind !== "im" && !place.parent && !place.archived && starts(typed)(place.name))
    .map((place) => ({ label: `#${place.name}`, hint: place.staff ? "staff only" : "", insert: `#${place.name} ` }));
}

function argument(state, spec, typed) {
  if (spec.kind === "person") return people(state, "slack", typed.replace(/^@/, ""), (person) => `@${person.name} `);
  if (spec.kind === "place") return places(state, "slack", typed.replace(/^#/, ""));
  return spec.values.filter(starts(typed)).map((value) => ({ label: value, hint: "", insert: `${value} ` }));
}

/** Whether a word can stand for an argument: one without choices of its own takes a ticket's number, `12` or `T-12`. */
const fits = (spec, word) => ["person", "place", "choice"].includes(spec.kind) || /^(t-?|#)?\d+$/i.test(word);

/** The arguments that the word being typed may be: those that can be left out may be passed over. */
function expected(specs, words) {
  let at = 0;
  for (const word of words) {
    while (specs[at]?.optional && !fits(specs[at], word)) at += 1;
    at += 1;
  }
  const open = [];
  for (; at < specs.length; at += 1) {
    open.push(specs[at]);
    if (!specs[at].optional) break;
  }
  return open;
}

function slash(text, state) {
  // A name that was completed has a space in it and is one word.
  const known = Object.values(state.people).map((person) => `@${person.name} `).filter((name) => text.includes(name));
  const words = known.reduce((line, name) => line.replaceAll(name, `${name.trim().replaceAll(" ", "\u00a0")} `), text).split(/[ \t]+/);
  const typed = words.at(-1);
  const from = text.length - typed.length;
  if (words.length === 1) {
    const items = state.commands.slack.filter((each) => starts(typed)(each.name)).map((each) => ({ label: each.name, usage: each.usage, hint: each.description, insert: `${each.name} ` }));
    return { from: 0, title: "Commands", items };
  }
  const verbs = state.commands.slack.find((each) => each.name === words[0])?.verbs ?? [];
  if (words.length === 2) {
    const items = verbs.filter((each) => starts(typed)(each.name)).map((each) => ({ label: each.name, usage: each.args, hint: each.help, insert: `${each.name} ` }));
    return { from, title: words[0], items };
  }
  const verb = verbs.find((each) => each.name === words[1]);
  if (!verb) return { from, items: [] };
  const items = expected(verb.arguments, words.slice(2, -1)).flatMap((spec) => argument(state, spec, typed));
  return { from, title: `${words[0]} ${verb.name} ${verb.args}`, hint: verb.help, items };
}

/**
 * `{from, title, hint?, items: [{label, hint, usage?, insert, person?, emoji?}], ask?}` for the text before the caret, or
 * null. `on`: the platform.
 */
export function suggest(before, state, on) {
  if (on === "discord" && before.startsWith("/")) return suggestCommand(before, state.commands.discord);
  if (/^\/[^\n]*$/.test(before)) {
    const found = slash(before, state);
    if (found.items.length || found.hint) return { ...found, items: found.items.slice(0, found.from ? 60 : MOST), command: true };
    return null;
  }
  const token = /(?:^|[\s(])([@#:])([\p{L}\p{N}_+'-]*)$/u.exec(before);
  if (!token) return null;
  const [, sign, typed] = token;
  const from = before.length - typed.length - 1;
  const items = sign === "@" ? people(state, on, typed, (person) => `@${person.name} `)
    : sign === "#" ? places(state, on, typed)
      : typed.length < 2 ? [] : EMOJI_NAMES.filter((name) => name.includes(typed.toLowerCase())).sort((one, other) => one.indexOf(typed) - other.indexOf(typed))
        .map((name) => ({ label: `:${name}:`, emoji: name, hint: "", insert: `:${name}: ` }));
  return items.length ? { from, title: { "@": "People", "#": "Channels", ":": "Emoji" }[sign], items: items.slice(0, MOST) } : null;
}
