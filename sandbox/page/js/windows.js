// The part of a channel or thread that the page holds: a run of messages without gaps, of bounded length.
//
// {messages: [...] sorted by ts, older: bool, newer: bool, ready: bool, missing: bool}. Whether there is more before or
// after the run is known from the server. New messages join only a run that reaches to the end.

/** Messages held at most, and how many stay when a long run is cut. */
export const HELD = 200;
export const KEPT = 120;
export const PAGE = 50;

export const EMPTY = { messages: [], older: false, newer: false, ready: false, missing: false };

export const keyOf = (channel, thread) => (thread ? `${channel}/${thread}` : channel);

/** Where `ts` is, or where it would stand. */
function placeOf(messages, ts) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].ts < ts) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function find(run, ts) {
  const at = placeOf(run.messages, ts);
  return run.messages[at]?.ts === ts ? run.messages[at] : undefined;
}

/** A new or changed message. One that lies outside of the run is left to be loaded when somebody scrolls there. */
export function put(run, message) {
  const at = placeOf(run.messages, message.ts);
  const messages = run.messages.slice();
  if (messages[at]?.ts === message.ts) {
    messages[at] = message;
    return { ...run, messages };
  }
  if (at === messages.length && run.newer) return run;
  if (at === 0 && run.older && messages.length) return run;
  messages.splice(at, 0, message);
  if (messages.length > HELD && at === messages.length - 1) return { ...run, messages: messages.slice(-KEPT), older: true };
  return { ...run, messages };
}

export function drop(run, ts) {
  const at = placeOf(run.messages, ts);
  if (run.messages[at]?.ts !== ts) return run;
  const messages = run.messages.slice();
  messages.splice(at, 1);
  return { ...run, messages };
}

/** Take a page from the server: the newest or those around a message in place of the run, or those next to it. */
export function join(run, page) {
  const fresh = { messages: page.messages, older: page.older, newer: page.newer, ready: true, missing: page.missing === true };
  if (page.side === "before") {
    const messages = [...page.messages, ...run.messages];
    const cut = messages.length > HELD;
    return { ...run, messages: cut ? messages.slice(0, HELD) : messages, older: page.older, newer: run.newer || cut };
  }
  if (page.side === "after") {
    const messages = [...run.messages, ...page.messages];
    const cut = messages.length > HELD;
    return { ...run, messages: cut ? messages.slice(-HELD) : messages, newer: page.newer, older: run.older || cut };
  }
  return fresh;
}
