// What the components of one Discord message or modal share: what was chosen so far, and how to tell the app.
import { createContext, useContext } from "../lib.js";

/** `{kind: "message" | "modal", files, values, errors, set(customId, value), press(customId, value), upload(files)}`. */
export const DiscordSurface = createContext(null);
export const useDiscord = () => useContext(DiscordSurface);

const inside = (one) => [...(one.components ?? []), one.component, one.accessory].filter(Boolean);

/** Every component, outer before inner. */
export function everyOne(components) {
  return (components ?? []).flatMap((one) => [one, ...everyOne(inside(one))]);
}

/** What a modal's fields hold before anybody touched them: custom id -> text, or a list of values. */
export function initialEntries(components) {
  const entries = {};
  for (const one of everyOne(components)) {
    if (!one.custom_id) continue;
    const chosen = [...(one.options ?? []).filter((option) => option.default).map((option) => option.value), ...(one.default_values ?? []).map((each) => each.id)];
    entries[one.custom_id] = one.type === 4 ? one.value ?? "" : one.type === 23 ? Boolean(one.default) : chosen;
  }
  return entries;
}
