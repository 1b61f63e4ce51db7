// A small emoji picker: what the desk understands first, then the usual ones, with a search.
import { DESK_EMOJI, EMOJI_NAMES, Emoji } from "./emoji.js";
import { html, useEffect, useRef, useState } from "./lib.js";
import { Popover } from "./popover.js";

const COLUMNS = 8;
const USUAL = ["+1", "pray", "heart", "tada", "smile", "slightly_smiling_face", "joy", "thinking_face", "raised_hands", "clap", "wave", "fire", "rocket", "100", "sob", "rage", "warning", "hourglass_flowing_sand", "bulb", "memo", "bug", "wrench", "lock", "x"];
const MEANING = { ticket: "open a ticket", eyes: "claim", white_check_mark: "resolve", arrows_counterclockwise: "reopen", rotating_light: "urgent" };

export function EmojiPicker({ anchor, align, onPick, onClose }) {
  const [typed, setTyped] = useState("");
  const search = useRef(null);
  const grid = useRef(null);
  useEffect(() => search.current.focus({ preventScroll: true }), []);
  const word = typed.trim().toLowerCase();
  const found = EMOJI_NAMES.filter((name) => name.includes(word) || MEANING[name]?.includes(word)).slice(0, 48);
  const groups = word ? [["Found", found]] : [["On this desk", DESK_EMOJI], ["Often used", USUAL]];
  const close = (how) => {
    onClose();
    if (how === "escape") anchor.current?.focus();
  };
  const keys = (event) => {
    const all = [...grid.current.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    if (event.key === "Enter" && at < 0 && all[0]) {
      event.preventDefault();
      all[0].click();
    }
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: at < 0 ? 1 : COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (!step || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    const to = at + step;
    if (to < 0) search.current.focus();
    else all[Math.min(all.length - 1, to)]?.focus();
  };
  return html`<${Popover} anchor=${anchor} align=${align} onClose=${close} role="dialog" label="Choose an emoji" className="picker">
    <div onKeyDown=${keys}>
      <input ref=${search} class="input picker-search" type="search" placeholder="Search" aria-label="Search emoji" value=${typed} onInput=${(event) => setTyped(event.target.value)} />
      <div ref=${grid} class="picker-groups">
        ${groups.map(([title, names]) => html`<div key=${title} role="group" aria-label=${title}>
          <div class="picker-title">${title}</div>
          <div class="picker-grid">${names.map((name) => html`<button key=${name} type="button" class="icon-button" aria-label=${name}
            title=${MEANING[name] ? `:${name}: ${MEANING[name]}` : `:${name}:`} onClick=${() => onPick(name)}><${Emoji} name=${name} /></button>`)}</div>
        </div>`)}
        ${word && !found.length && html`<div class="listbox-note" role="status">No emoji of that name</div>`}
      </div>
    </div>
  <//>`;
}
