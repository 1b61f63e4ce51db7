// How an element tells the app: a press with its confirmation, and a value that is kept until a form is sent.
import { html, useState } from "../lib.js";
import { ConfirmDialog } from "./confirm.js";
import { plain } from "./mrkdwn.js";
import { useSurface, valueKey } from "./surface.js";

/** Press it: ask first where the app wants that, show that it is under way, and keep a failure beside it. */
export function usePress(element, block) {
  const surface = useSurface();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(null);
  const send = async (action) => {
    setBusy(true);
    await surface.act({ type: element.type, action_id: element.action_id, block_id: block, ...action });
    setBusy(false);
  };
  const press = (action) => (element.confirm ? setAsking(action) : send(action));
  const dialog = asking && html`<${ConfirmDialog} confirm=${element.confirm} onNo=${() => setAsking(null)} onYes=${() => { setAsking(null); send(asking); }} />`;
  return { busy, press, dialog };
}

/** A value that is kept in the surface's state and, outside of input blocks, told to the app at once. */
export function useField(element, block, silent) {
  const surface = useSurface();
  const key = valueKey(element.type);
  const { busy, press, dialog } = usePress(element, block);
  const value = surface.values[block]?.[element.action_id]?.[key];
  const set = (next, { quiet = false } = {}) => {
    surface.set(block, element.action_id, { type: element.type, [key]: next });
    if (!silent && !quiet) press({ [key]: next });
  };
  return { value, set, busy, press, dialog };
}

/** The options of a select, with the label of their group where they have one. */
export function flatOptions(element) {
  if (element.option_groups) return element.option_groups.flatMap((group) => group.options.map((option) => ({ option, group: plain(group.label) })));
  return (element.options ?? []).map((option) => ({ option }));
}
