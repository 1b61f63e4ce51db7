// What the elements of one message, form or home share: what was entered so far, and how to tell the app.
import { createContext, useContext } from "../lib.js";

/**
 * `{kind, values, set(block, action, value), act(action), options(element, block, typed), errors, idPrefix}`.
 * Values have the shape of the platform's `state.values`: block id -> action id -> {type, value | selected_…}.
 */
export const Surface = createContext(null);
export const useSurface = () => useContext(Surface);

const INITIAL = {
  plain_text_input: ["value", "initial_value", null],
  email_text_input: ["value", "initial_value", null],
  url_text_input: ["value", "initial_value", null],
  number_input: ["value", "initial_value", null],
  rich_text_input: ["rich_text_value", "initial_value", null],
  static_select: ["selected_option", "initial_option", null],
  external_select: ["selected_option", "initial_option", null],
  radio_buttons: ["selected_option", "initial_option", null],
  checkboxes: ["selected_options", "initial_options", []],
  multi_static_select: ["selected_options", "initial_options", []],
  multi_external_select: ["selected_options", "initial_options", []],
  users_select: ["selected_user", "initial_user", null],
  multi_users_select: ["selected_users", "initial_users", []],
  conversations_select: ["selected_conversation", "initial_conversation", null],
  multi_conversations_select: ["selected_conversations", "initial_conversations", []],
  channels_select: ["selected_channel", "initial_channel", null],
  multi_channels_select: ["selected_channels", "initial_channels", []],
  datepicker: ["selected_date", "initial_date", null],
  timepicker: ["selected_time", "initial_time", null],
  datetimepicker: ["selected_date_time", "initial_date_time", null],
  file_input: ["files", "", []],
};

/** The key under which an element's value stands in the state, or undefined for one without a value. */
export const valueKey = (type) => INITIAL[type]?.[0];

const elementsOf = (block) => [block.element, block.accessory, ...(block.elements ?? []), ...(block.actions ?? [])];

/** The state as it is before anybody touched it; values entered before (`kept`) win where their element is still there. */
export function initialValues(blocks, kept = {}) {
  const values = {};
  const visit = (block, at) => {
    const id = block.block_id ?? `block-${at}`;
    for (const element of elementsOf(block)) {
      const spec = element && INITIAL[element.type];
      if (!spec) continue;
      const [key, initial, empty] = spec;
      const before = kept[id]?.[element.action_id];
      const value = before?.type === element.type ? before : { type: element.type, [key]: element[initial] ?? empty };
      (values[id] ??= {})[element.action_id] = value;
    }
    (block.child_blocks ?? []).forEach((child, place) => visit(child, `${at}-${place}`));
  };
  (blocks ?? []).forEach(visit);
  return values;
}
