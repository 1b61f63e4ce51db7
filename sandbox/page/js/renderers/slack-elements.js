// The things one can press or choose in Block Kit. What they send has the shape of the platform's `actions` entries.
import { Icon } from "../icons.js";
import { cx, html, useContext, useRef, useState } from "../lib.js";
import { Looking } from "../looking.js";
import { Menu } from "../popover.js";
import { Combobox } from "./combobox.js";
import { TextObject, plain } from "./mrkdwn.js";
import { Picture, Unsupported, openAddress } from "./parts.js";
import { flatOptions, useField, usePress } from "./press.js";
import { TextInput } from "./text-input.js";
import { fromLocalInput, toLocalInput } from "../time.js";

function Button({ element, block }) {
  const { busy, press, dialog } = usePress(element, block);
  const { viewer, go } = useContext(Looking);
  const run = () => {
    if (element.url) openAddress(element.url, viewer, go);
    press({ value: element.value, text: element.text });
  };
  return html`<button type="button" class=${cx("button", element.style && `button-${element.style}`)} disabled=${busy} aria-busy=${busy}
    aria-label=${element.accessibility_label} data-action=${element.action_id} onClick=${run}><${TextObject} object=${element.text} /></button>${dialog}`;
}

function Overflow({ element, block }) {
  const anchor = useRef(null);
  const [open, setOpen] = useState(false);
  const { busy, press, dialog } = usePress(element, block);
  const { viewer, go } = useContext(Looking);
  const items = (element.options ?? []).map((option) => ({
    label: plain(option.text),
    hint: option.description && plain(option.description),
    run: () => {
      if (option.url) openAddress(option.url, viewer, go);
      press({ selected_option: option });
    },
  }));
  return html`<button ref=${anchor} type="button" class="button button-icon overflow" aria-label="More actions" aria-haspopup="menu"
    aria-expanded=${open} disabled=${busy} data-action=${element.action_id} onClick=${() => setOpen(!open)}><${Icon} name="more" /></button>
    ${open && html`<${Menu} anchor=${anchor} align="end" label="More actions" items=${items} onClose=${() => setOpen(false)} />`}${dialog}`;
}

const optionKey = (option) => option?.value ?? "";

function StaticSelect({ element, block, silent, field }) {
  const { value, set, busy, dialog } = useField(element, block, silent);
  const all = flatOptions(element);
  const choose = (event) => set(all.find(({ option }) => optionKey(option) === event.target.value)?.option ?? null);
  const drawn = ({ option }) => html`<option key=${optionKey(option)} value=${optionKey(option)} selected=${optionKey(option) === optionKey(value)}>${plain(option.text)}</option>`;
  const groups = element.option_groups;
  return html`<span class="select-wrap"><select class="select" id=${field?.id} aria-describedby=${field?.describedBy} aria-invalid=${field?.invalid}
    aria-label=${field ? undefined : plain(element.placeholder) || "Choose"} disabled=${busy} data-action=${element.action_id} value=${optionKey(value)} onChange=${choose}>
    <option value="" disabled=${!field?.optional} selected=${!value}>${plain(element.placeholder) || "Choose one"}</option>
    ${groups ? groups.map((group, at) => html`<optgroup key=${at} label=${plain(group.label)}>${group.options.map((option) => drawn({ option }))}</optgroup>`) : all.map(drawn)}
  </select><${Icon} name="chevron" /></span>${dialog}`;
}

function Choices({ element, block, silent, field, many }) {
  const { value, set, busy, dialog } = useField(element, block, silent);
  const chosen = many ? value ?? [] : value ? [value] : [];
  const has = (option) => chosen.some((each) => each.value === option.value);
  const choose = (option) => {
    if (!many) return set(option);
    return set(has(option) ? chosen.filter((each) => each.value !== option.value) : [...chosen, option]);
  };
  const name = `${block}-${element.action_id}`;
  return html`<div class="choices" id=${field?.id} role=${many ? "group" : "radiogroup"} aria-label=${field?.label} aria-describedby=${field?.describedBy} data-action=${element.action_id}>
    ${(element.options ?? []).map((option) => html`<label key=${option.value} class="choice">
      <input type=${many ? "checkbox" : "radio"} name=${name} checked=${has(option)} disabled=${busy} onChange=${() => choose(option)} />
      <span><${TextObject} object=${option.text} />${option.description && html`<span class="choice-hint"><${TextObject} object=${option.description} /></span>`}</span>
    </label>`)}
  </div>${dialog}`;
}

const NATIVE = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

function Moment({ element, block, silent, field }) {
  const { value, set, busy, dialog } = useField(element, block, silent);
  const { viewer } = useContext(Looking);
  const zone = viewer.state.me.tz;
  const isMoment = element.type === "datetimepicker";
  const change = (event) => {
    const text = event.target.value;
    set(!text ? null : isMoment ? fromLocalInput(text, zone) : text);
  };
  return html`<input class="input input-date" id=${field?.id} type=${NATIVE[element.type]} value=${isMoment ? toLocalInput(value, zone) : value ?? ""}
    aria-label=${field ? undefined : plain(element.placeholder) || "Choose"} aria-describedby=${field?.describedBy} aria-invalid=${field?.invalid}
    disabled=${busy} data-action=${element.action_id} onChange=${change} />${dialog}`;
}

function IconButton({ element, block }) {
  const { busy, press, dialog } = usePress(element, block);
  const { viewer } = useContext(Looking);
  if (element.visible_to_user_ids && !element.visible_to_user_ids.includes(viewer.state.me.id)) return null;
  const label = element.accessibility_label ?? plain(element.text);
  return html`<button type="button" class="button button-icon" title=${plain(element.text)} aria-label=${label} disabled=${busy} data-action=${element.action_id}
    onClick=${() => press({ value: element.value })}><${Icon} name=${element.icon === "trash" ? "trash" : "more"} /></button>${dialog}`;
}

function Feedback({ element, block }) {
  const { busy, press } = usePress(element, block);
  return [element.positive_button, element.negative_button].map((button, at) => html`
    <button key=${at} type="button" class="button" disabled=${busy} data-action=${element.action_id} aria-label=${button.accessibility_label}
      onClick=${() => press({ value: button.value })}><${TextObject} object=${button.text} /></button>`);
}

const ELEMENTS = {
  button: Button,
  workflow_button: Button,
  overflow: Overflow,
  icon_button: IconButton,
  feedback_buttons: Feedback,
  static_select: StaticSelect,
  external_select: Combobox,
  users_select: Combobox,
  conversations_select: Combobox,
  channels_select: Combobox,
  multi_static_select: Combobox,
  multi_external_select: Combobox,
  multi_users_select: Combobox,
  multi_conversations_select: Combobox,
  multi_channels_select: Combobox,
  checkboxes: (props) => html`<${Choices} ...${props} many=${true} />`,
  radio_buttons: Choices,
  datepicker: Moment,
  timepicker: Moment,
  datetimepicker: Moment,
  plain_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
  rich_text_input: TextInput,
  file_input: TextInput,
  image: ({ element }) => html`<${Picture} name="accessory-picture" image=${element} />`,
};

export const ELEMENT_TYPES = Object.keys(ELEMENTS);

/** `field` is there inside an input block: its id, label and description; `silent` keeps changes from the app. */
export function Element({ element, block, silent = false, field }) {
  const Draw = Object.hasOwn(ELEMENTS, element?.type ?? "") ? ELEMENTS[element.type] : null;
  if (!Draw) return html`<${Unsupported} type=${`element ${element?.type}`} />`;
  return html`<${Draw} element=${element} block=${block} silent=${silent} field=${field} />`;
}
