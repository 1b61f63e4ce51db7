// What can follow a Discord command that is being typed: verbs, options as `name:value`, and what may stand there. The
// app's own suggestions take a round trip: `ask` says for which option and which words.

const starts = (typed) => (word) => word.toLowerCase().startsWith(typed.toLowerCase());

const usageOf = (options) => options.map((each) => (each.needed ? `${each.name}:` : `[${each.name}:]`)).join(" ");

/** The verb that was typed, and what follows it; verbs may have two words. */
function split(command, rest) {
  const verb = command.verbs.find((each) => rest === each.name || rest.startsWith(`${each.name} `));
  return verb ? { verb, after: rest.slice(verb.name.length) } : null;
}

/** The option whose value is being typed: `{option, typed}`, null between options. */
function openOption(options, after) {
  const names = options.map((each) => each.name).join("|");
  if (!names) return null;
  const marks = [...after.matchAll(new RegExp(`(?:^|\\s)(${names}):`, "g"))];
  const last = marks.at(-1);
  if (!last) return null;
  return { option: options.find((each) => each.name === last[1]), typed: after.slice(last.index + last[0].length).replace(/^ /, "") };
}

function values({ option, typed }, text) {
  const from = text.length - typed.length;
  const title = `${option.name}:`;
  if (option.choices.length) {
    const items = option.choices.filter((each) => starts(typed.trim())(each.name)).map((each) => ({ label: each.name, hint: "", insert: `${each.name} ` }));
    return { from, title, hint: option.help, items };
  }
  if (option.completed) return { from, title, hint: option.help, items: [], ask: { option: option.name, typed: typed.trim() } };
  return { from, title, hint: option.help, items: [] };
}

function optionNames(options, after, text, title, hint) {
  const word = /(\S*)$/.exec(after)[1];
  const given = new Set([...after.matchAll(/(?:^|\s)([\w-]+):/g)].map(([, name]) => name));
  const items = options.filter((each) => !given.has(each.name) && starts(word)(each.name))
    .map((each) => ({ label: `${each.name}:`, usage: each.needed ? "" : "optional", hint: each.help, insert: `${each.name}:` }));
  return { from: text.length - word.length, title, hint, items };
}

function suggestVerbs(command, typed, before = "") {
  return command.verbs.filter((each) => starts(typed)(each.name))
    .map((each) => ({ label: `${before}${each.name}`, usage: usageOf(each.options), hint: each.help, insert: `${before}${each.name} ` }));
}

/** For text that begins with `/`; null when there is nothing to say. */
export function suggestCommand(text, commands) {
  const name = /^\/\S*/.exec(text)[0];
  const command = commands.find((each) => each.name === name);
  if (!command || text.length === name.length) {
    const items = commands.filter((each) => starts(text)(each.name)).map((each) => ({ label: each.name, hint: each.description, insert: `${each.name} ` }));
    // As in Discord's own client, a verb is found by its name alone.
    if (text === name && text !== "/") items.push(...commands.flatMap((each) => suggestVerbs(each, text.slice(1), `${each.name} `)));
    return items.length ? { from: 0, title: "Commands", items, command: true } : null;
  }
  const rest = text.slice(name.length).trimStart();
  const found = command.verbs.length ? split(command, rest) : { verb: { name: "", help: command.description, options: command.options }, after: ` ${rest}` };
  if (!found || !found.after) {
    const items = suggestVerbs(command, rest);
    return items.length ? { from: text.length - rest.length, title: name, items, command: true } : null;
  }
  const { verb, after } = found;
  const open = openOption(verb.options, after);
  // A space after a chosen value ends it, but words that are free go on.
  const free = open && !open.option.choices.length && !open.option.completed;
  const ended = open && !free && /\S\s$/.test(open.typed);
  const made = open && !ended ? values(open, text) : optionNames(verb.options, after, text, `${name} ${verb.name} ${usageOf(verb.options)}`.trim(), verb.help);
  return made.items.length || made.hint ? { ...made, command: true } : null;
}
