// Which message the next one in a place of Discord's replies to: chosen at the message, shown at the composer.
import { useEffect, useState } from "./lib.js";

const chosen = new Map();
const told = new Set();

const keyOf = (viewer, channel) => `${viewer.person}/${channel}`;

export function answerTo(viewer, channel, message) {
  if (message) chosen.set(keyOf(viewer, channel), message);
  else chosen.delete(keyOf(viewer, channel));
  for (const tell of [...told]) tell();
}

/** The message that is replied to there, or undefined. */
export function useAnswering(viewer, channel) {
  const [, again] = useState(0);
  useEffect(() => {
    const tell = () => again((count) => count + 1);
    told.add(tell);
    return () => told.delete(tell);
  }, []);
  return chosen.get(keyOf(viewer, channel));
}
