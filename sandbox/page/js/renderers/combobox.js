// Selects with search: people, channels, the app's own suggestions, and every select that takes several values.
import { Avatar } from "../avatar.js";
import { Icon } from "../icons.js";
import { cx, html, useContext, useEffect, useId, useRef, useState } from "../lib.js";
import { Looking } from "../looking.js";
import { Popover } from "../popover.js";
import { plain } from "./mrkdwn.js";
import { flatOptions, useField } from "./press.js";
import { useSurface } from "./surface.js";

const matches = (typed) => (choice) => choice.label.toLowerCase().includes(typed.trim().toLowerCase());
const fromOption = ({ option, group }) => ({ id: option.value, label: plain(option.text), hint: group ?? plain(option.description), value: option });

function people(viewer) {
  return Object.values(viewer.state.people)
    .filter((person) => !person.bot && !person.deleted)
    .map((person) => ({ id: person.id, label: person.name, hint: person.organisation, person, value: person.id }));
}

function places(viewer, direct) {
  return viewer.state.order
    .map((id) => viewer.state.places[id])
    .filter((place) => !place.archived && (direct || place.kind !== "im"))
    .map((place) => ({ id: place.id, label: place.kind === "im" ? place.name : `#${place.name}`, value: place.id }));
}

/** The choices for what was typed; the app's own take a round trip (after `min_query_length` characters). */
function useChoices(element, block, typed, open, viewer) {
  const surface = useSurface();
  const kind = element.type.replace(/^multi_/, "");
  const [loaded, setLoaded] = useState({ choices: [], busy: false });
  const external = kind === "external_select";
  const least = element.min_query_length ?? 3;
  useEffect(() => {
    if (!external || !open) return undefined;
    if (typed.trim().length < least) {
      setLoaded({ choices: [], busy: false, note: `Type at least ${least} characters` });
      return undefined;
    }
    let current = true;
    setLoaded((before) => ({ ...before, busy: true, note: "" }));
    const timer = setTimeout(async () => {
      const answer = await surface.options(element, block, typed);
      if (current) setLoaded({ choices: flatOptions(answer).map(fromOption), busy: false, note: answer.error });
    }, 120);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [typed, open, external]);
  if (external) return loaded;
  const all = kind === "users_select" ? people(viewer)
    : kind === "channels_select" ? places(viewer, false)
      : kind === "conversations_select" ? places(viewer, true) : flatOptions(element).map(fromOption);
  return { choices: typed ? all.filter(matches(typed)) : all, busy: false };
}

function labelOf(value, viewer) {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return plain(value.text);
  const place = viewer.state.places[value];
  return viewer.state.people[value]?.name ?? (place ? `${place.kind === "im" ? "" : "#"}${place.name}` : "someone");
}

const sameValue = (one, other) => (typeof one === "object" ? one?.value === other?.value : one === other);

export function Combobox({ element, block, silent, field }) {
  const { viewer } = useContext(Looking);
  const many = element.type.startsWith("multi_");
  const { value, set, busy, dialog } = useField(element, block, silent);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const anchor = useRef(null);
  const base = useId();
  const { choices, busy: loading, note } = useChoices(element, block, typed, open, viewer);
  const chosen = many ? value ?? [] : [];
  const has = (choice) => (many ? chosen.some((each) => sameValue(each, choice.value)) : sameValue(value, choice.value));
  const close = () => {
    setOpen(false);
    setTyped("");
    setAt(0);
  };
  const choose = (choice) => {
    if (!many) {
      set(choice.value);
      return close();
    }
    set(has(choice) ? chosen.filter((each) => !sameValue(each, choice.value)) : [...chosen, choice.value]);
    return setTyped("");
  };
  const keys = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      return setAt((at + step + choices.length) % Math.max(1, choices.length));
    }
    if (event.key === "Enter" && open) {
      event.preventDefault();
      if (choices[at]) choose(choices[at]);
    }
    if (event.key === "Tab") close();
    if (event.key === "Backspace" && !typed && many && chosen.length) set(chosen.slice(0, -1));
    return undefined;
  };
  return html`<span class="combobox" ref=${anchor} data-action=${element.action_id}>
    ${chosen.map((each, place) => html`<span key=${place} class="chip">${labelOf(each, viewer)}
      <button type="button" aria-label=${`Remove ${labelOf(each, viewer)}`} onClick=${() => set(chosen.filter((other) => other !== each))}><${Icon} name="close" /></button></span>`)}
    <input class="combobox-input" id=${field?.id} role="combobox" aria-expanded=${open} aria-controls=${`${base}-list`} aria-autocomplete="list"
      aria-activedescendant=${open && choices[at] ? `${base}-${at}` : undefined} aria-describedby=${field?.describedBy} aria-invalid=${field?.invalid}
      aria-label=${field ? undefined : plain(element.placeholder) || "Choose"} autocomplete="off" disabled=${busy}
      placeholder=${!many && value ? labelOf(value, viewer) : chosen.length ? "" : plain(element.placeholder) || "Choose"} class=${cx("combobox-input", !many && value && !typed && "combobox-set")}
      value=${typed} onFocus=${() => setOpen(true)} onClick=${() => setOpen(true)} onInput=${(event) => { setTyped(event.target.value); setAt(0); setOpen(true); }} onKeyDown=${keys} />
    <${Icon} name="chevron" />
    ${open && html`<${Popover} anchor=${anchor} width=${200} className="listbox" onClose=${close}>
      <div role="listbox" id=${`${base}-list`} aria-label="Choices" aria-multiselectable=${many}>
        ${choices.slice(0, 100).map((choice, place) => html`<div key=${choice.id} id=${`${base}-${place}`} role="option" aria-selected=${has(choice)}
          class=${cx("listbox-item", place === at && "listbox-at")} onPointerDown=${(event) => event.preventDefault()} onClick=${() => choose(choice)} onPointerMove=${() => setAt(place)}>
          ${choice.person && html`<${Avatar} person=${choice.person} size="small" />`}<span>${choice.label}</span>${choice.hint && html`<span class="menu-hint">${choice.hint}</span>`}
          ${has(choice) && html`<${Icon} name="check" />`}</div>`)}
        ${!choices.length && html`<div class="listbox-note" role="status">${loading ? "Searching …" : note || "Nothing found"}</div>`}
      </div>
    <//>`}
  </span>${dialog}`;
}
