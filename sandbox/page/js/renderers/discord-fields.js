// What one can choose or type in Discord's components, in messages and in modals.
import { Icon } from "../icons.js";
import { cx, html, useContext, useState } from "../lib.js";
import { Looking } from "../looking.js";
import { accountOf, isOn } from "../people.js";
import { useDiscord } from "./discord-surface.js";

const STRING = 3;
const USER = 5;
const ROLE = 6;
const MENTIONABLE = 7;
const CHANNEL = 8;

/** The options of a select: the app's own, or people, roles and places as the person who looks knows them. */
function optionsOf(one, state) {
  const people = () => Object.values(state.people).filter((each) => isOn(each, "discord") && !each.deleted).map((each) => ({ value: accountOf(each), label: each.name, description: each.bot ? "App" : "" }));
  const roles = () => Object.entries(state.groups).filter(([id]) => /^\d+$/.test(id)).map(([value, name]) => ({ value, label: `@${name.replace(/^@/, "")}` }));
  const places = () => state.order.map((id) => state.places[id]).filter((place) => place.on === "discord" && place.kind !== "im").map((place) => ({ value: place.id, label: `#${place.name}` }));
  switch (one.type) {
    case USER: return people();
    case ROLE: return roles();
    case MENTIONABLE: return [...people(), ...roles()];
    case CHANNEL: return places();
    default: return one.options ?? [];
  }
}

const listed = (value) => (Array.isArray(value) ? value : value ? [value] : []);

/** In a message a choice goes to the app at once; in a modal it waits for the others. */
export function Select({ one, field }) {
  const { viewer } = useContext(Looking);
  const surface = useDiscord();
  const [busy, setBusy] = useState(false);
  const options = optionsOf(one, viewer.state);
  const label = one.placeholder || "Choose";
  const kept = surface.kind === "modal" ? listed(surface.values[one.custom_id]) : options.filter((option) => option.default).map((option) => option.value);
  const tell = async (values) => {
    if (surface.kind === "modal") return surface.set(one.custom_id, values);
    setBusy(true);
    await surface.press(one.custom_id, values);
    return setBusy(false);
  };
  if ((one.max_values ?? 1) > 1) return html`<${Many} one=${one} options=${options} kept=${kept} tell=${tell} busy=${busy} label=${label} field=${field} />`;
  const optional = surface.kind === "modal" ? field?.optional : (one.min_values ?? 1) === 0;
  const choose = async (event) => {
    const box = event.target;
    await tell(box.value ? [box.value] : []);
    // The app says what is chosen now; until then the message shows what it showed.
    if (surface.kind === "message") box.value = kept[0] ?? "";
  };
  return html`<span class="select-wrap"><select class="select" id=${field?.id} aria-label=${field ? undefined : label} aria-describedby=${field?.describedBy} aria-invalid=${field?.invalid}
    disabled=${busy || one.disabled} aria-busy=${busy} data-custom=${one.custom_id} value=${kept[0] ?? ""} onChange=${choose}>
    <option value="" disabled=${!optional} selected=${!kept.length}>${label}</option>
    ${options.map((option) => html`<option key=${option.value} value=${option.value} selected=${option.value === kept[0]}>${option.label}${option.description ? ` (${option.description})` : ""}</option>`)}
  </select><${Icon} name="chevron" /></span>`;
}

/** Several can be chosen: in a message they are sent together. */
function Many({ one, options, kept, tell, busy, label, field }) {
  const { kind } = useDiscord();
  const [chosen, setChosen] = useState(kept);
  const values = kind === "modal" ? kept : chosen;
  const toggle = (value) => {
    const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
    if (kind === "modal") tell(next);
    else setChosen(next);
  };
  return html`<div class="choices" id=${field?.id} role="group" aria-label=${field?.label ?? label} aria-describedby=${field?.describedBy} data-custom=${one.custom_id}>
    ${!field && html`<span class="small">${label}</span>`}
    ${options.map((option) => html`<${Choice} key=${option.value} type="checkbox" name=${one.custom_id} option=${option} checked=${values.includes(option.value)} disabled=${busy || one.disabled} onChange=${() => toggle(option.value)} />`)}
    ${kind === "message" && html`<button type="button" class="button" disabled=${busy} onClick=${() => tell(chosen)}>Choose these</button>`}
  </div>`;
}

const Choice = ({ type, name, option, checked, disabled, onChange }) => html`<label class="choice">
  <input type=${type} name=${name} checked=${checked} disabled=${disabled} onChange=${onChange} />
  <span>${option.label}${option.description && html`<span class="choice-hint">${option.description}</span>`}</span></label>`;

function Input({ one, field }) {
  const { values, set } = useDiscord();
  const common = {
    class: "input", id: field?.id, value: values[one.custom_id] ?? "", placeholder: one.placeholder ?? "", maxlength: one.max_length, dir: "auto",
    "aria-label": field ? undefined : one.label, "aria-describedby": field?.describedBy, "aria-invalid": field?.invalid, "data-custom": one.custom_id,
    onInput: (event) => set(one.custom_id, event.target.value),
  };
  return one.style === 2 ? html`<textarea ...${common} rows="4"></textarea>` : html`<input ...${common} type="text" />`;
}

function Upload({ one, field }) {
  const { set, upload } = useDiscord();
  const [names, setNames] = useState([]);
  const take = async (event) => {
    const files = await upload([...event.target.files]);
    setNames(files.map((each) => each.name));
    set(one.custom_id, files.map((each) => each.id));
  };
  return html`<input type="file" class="input" id=${field?.id} multiple=${(one.max_values ?? 1) > 1} data-custom=${one.custom_id} aria-describedby=${field?.describedBy} onChange=${take} />
    ${names.length > 0 && html`<p class="field-hint">${names.join(", ")}</p>`}`;
}

function Choices({ one, field, type }) {
  const { values, set } = useDiscord();
  const chosen = listed(values[one.custom_id]);
  const toggle = (value) => set(one.custom_id, type === "radio" ? [value] : chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value]);
  return html`<div class="choices" id=${field?.id} role=${type === "radio" ? "radiogroup" : "group"} aria-label=${field?.label} aria-describedby=${field?.describedBy} data-custom=${one.custom_id}>
    ${(one.options ?? []).map((option) => html`<${Choice} key=${option.value} type=${type} name=${one.custom_id} option=${option} checked=${chosen.includes(option.value)} onChange=${() => toggle(option.value)} />`)}
  </div>`;
}

function Checkbox({ one, field }) {
  const { values, set } = useDiscord();
  const value = values[one.custom_id] === true;
  return html`<input type="checkbox" class=${cx("checkbox")} id=${field?.id} checked=${value} data-custom=${one.custom_id} aria-describedby=${field?.describedBy} onChange=${() => set(one.custom_id, !value)} />`;
}

export const FIELDS = {
  [STRING]: Select,
  4: Input,
  [USER]: Select,
  [ROLE]: Select,
  [MENTIONABLE]: Select,
  [CHANNEL]: Select,
  19: Upload,
  21: (props) => html`<${Choices} ...${props} type="radio" />`,
  22: (props) => html`<${Choices} ...${props} type="checkbox" />`,
  23: Checkbox,
};
