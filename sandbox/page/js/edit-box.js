// A message of one's own being changed in place: Enter saves, Esc leaves it as it was.
import { act } from "./actions.js";
import { html, useContext, useEffect, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { typedText } from "./typed-text.js";

export function EditBox({ message, onDone }) {
  const { viewer, say } = useContext(Looking);
  const [text, setText] = useState(() => typedText(message, viewer.state));
  const box = useRef(null);
  useEffect(() => {
    box.current.focus();
    box.current.setSelectionRange(text.length, text.length);
  }, []);
  const save = async () => {
    const next = text.trim();
    if (next && next !== typedText(message, viewer.state)) {
      const answer = await act.edit(viewer, message, next);
      if (!answer.ok) return say(answer.error);
    }
    return onDone();
  };
  const keys = (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      save();
    }
    if (event.key === "Escape") {
      event.preventDefault();
      onDone();
    }
  };
  return html`<div class="edit-box">
    <textarea ref=${box} class="input" dir="auto" rows=${Math.min(10, text.split("\n").length + 1)} aria-label="Edit message" value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${keys}></textarea>
    <div class="edit-foot"><button type="button" class="button" onClick=${onDone}>Cancel</button>
    <button type="button" class="button button-primary" disabled=${!text.trim()} onClick=${save}>Save</button></div>
  </div>`;
}
