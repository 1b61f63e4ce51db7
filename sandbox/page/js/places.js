// What places are to the page: on which platform, what their title is, and where a thread's messages are.

/** A thread of Discord's is a place of its own with a parent; one of Slack's is a part of its channel. */
export const threadPlace = (state, channel, thread) => {
  const place = thread ? state.places[thread] : undefined;
  return place?.parent === channel ? place : undefined;
};

/** Where the messages of a thread are to be had: `[channel, thread]` as the viewer loads them. */
export const whereOf = (state, channel, thread) => (threadPlace(state, channel, thread) ? [thread, undefined] : [channel, thread]);

/** A target inside the page, with a place that is a thread shown as its parent's thread. */
export function resolved(state, { channel, thread = "", at = "" }) {
  const place = state.places[channel];
  return place?.parent ? { channel: place.parent, thread: channel, at } : { channel, thread, at };
}

export const titleOf = (place) => (place.kind === "im" ? place.name : place.parent ? place.name : `#${place.name}`);

export const isDiscord = (place) => place?.on === "discord";

/** Whether a message there may have a thread of its own. */
export const takesThreads = (place) => Boolean(place) && !place.parent && !(isDiscord(place) && place.kind === "im");
