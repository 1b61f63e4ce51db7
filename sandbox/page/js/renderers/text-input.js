// What is typed: text, numbers, addresses, and files.
import { html, useRef } from "../lib.js";
import { plain } from "./mrkdwn.js";
import { useField } from "./press.js";
import { useSurface } from "./surface.js";

const KIND = { email_text_input: "email", url_text_input: "url", number_input: "text", plain_text_input: "text" };

const richValue = (text) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] });
const richText = (value) => (value?.elements ?? []).flatMap((each) => each.elements ?? []).map((each) => each.text ?? "").join("");

function Files({ element, block, field }) {
  const surface = useSurface();
  const { value, set } = useField(element, block, true);
  const take = async (event) => set(await surface.upload([...event.target.files]));
  return html`<input type="file" class="input" id=${field?.id} multiple=${(element.max_files ?? 10) > 1} data-action=${element.action_id}
    accept=${element.filetypes?.map((each) => `.${each}`).join(",")} aria-describedby=${field?.describedBy} onChange=${take} />
    ${value?.length > 0 && html`<p class="field-hint">${value.map((each) => each.name).join(", ")}</p>`}`;
}

/** Text, numbers, addresses and files. An app that asked for it hears each character or Enter. */
export function TextInput({ element, block, silent, field }) {
  const { value, set, press } = useField(element, block, true);
  const last = useRef(null);
  if (element.type === "file_input") return html`<${Files} element=${element} block=${block} field=${field} />`;
  const rich = element.type === "rich_text_input";
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const shown = rich ? richText(value) : value ?? "";
  const input = (event) => {
    const text = event.target.value;
    set(rich ? richValue(text) : text === "" ? null : text);
    if (!silent && triggers.includes("on_character_entered")) {
      clearTimeout(last.current);
      last.current = setTimeout(() => press({ value: text }), 300);
    }
  };
  const enter = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (!silent && triggers.includes("on_enter_pressed")) {
      event.preventDefault();
      press({ value: event.target.value });
    }
  };
  const common = {
    class: "input", id: field?.id, value: shown, placeholder: plain(element.placeholder), dir: "auto",
    maxlength: element.max_length, "aria-describedby": field?.describedBy, "aria-invalid": field?.invalid,
    "aria-label": field ? undefined : plain(element.placeholder) || "Text", "data-action": element.action_id,
    autofocus: element.focus_on_load, onInput: input,
  };
  if (element.multiline || rich) return html`<textarea ...${common} rows="4"></textarea>`;
  return html`<input ...${common} type=${KIND[element.type] ?? "text"} inputmode=${element.type === "number_input" ? "decimal" : undefined} onKeyDown=${enter} />`;
}
