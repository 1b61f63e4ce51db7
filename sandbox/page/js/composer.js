// Where one writes: text with completion, files, emoji, slash commands.
import { act } from "./actions.js";
import { answerTo, useAnswering } from "./answering.js";
import { Avatar } from "./avatar.js";
import { suggest } from "./completion.js";
import { Emoji, emojiCharacter } from "./emoji.js";
import { EmojiPicker } from "./emoji-picker.js";
import { sizeOf } from "./files.js";
import { useMedia, useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { cx, html, useContext, useEffect, useId, useLayoutEffect, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { personOf } from "./people.js";
import { isDiscord, titleOf } from "./places.js";

function Suggestions({ found, at, base, onPick, onAt }) {
  const list = useRef(null);
  useLayoutEffect(() => { list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }); }, [at]);
  return html`<div class="suggestions">
    <div class="suggestions-title"><span>${found.title}</span>${found.hint && html`<span class="menu-hint">${found.hint}</span>`}</div>
    <div ref=${list} role="listbox" id=${`${base}-list`} aria-label=${found.title}>
      ${found.items.map((item, place) => html`<div key=${item.insert} id=${`${base}-${place}`} role="option" aria-selected=${place === at} class=${cx("listbox-item", place === at && "listbox-at")}
        onPointerDown=${(event) => event.preventDefault()} onClick=${() => onPick(item)} onPointerMove=${() => onAt(place)}>
        ${item.person && html`<${Avatar} person=${item.person} size="small" />`}${item.emoji && html`<${Emoji} name=${item.emoji} />`}
        <span class="suggestion-label">${item.label}${item.usage && html` <span class="suggestion-usage">${item.usage}</span>`}</span>
        ${item.hint && html`<span class="menu-hint">${item.hint}</span>`}</div>`)}
    </div>
    ${found.items.length > 0 && html`<div class="suggestions-foot"><kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Tab</kbd> take <kbd>Esc</kbd> close</div>`}
  </div>`;
}

/** Completion for one text box: what is suggested now, which one is marked, and the keys that it takes. */
function useSuggestions(viewer, box, setText, place) {
  const [found, setFound] = useState(null);
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState(false);
  const asked = useRef(0);
  const ask = async (next, before) => {
    const turn = asked.current;
    // What comes before the option that is being typed; the app is asked about that one alone.
    const text = before.slice(0, next.from).replace(new RegExp(`\\s*${next.ask.option}:\\s*$`), "");
    const answer = await act.complete(viewer, place.id, text, next.ask.option, next.ask.typed);
    if (turn !== asked.current) return;
    const items = (answer.options ?? []).map((each) => ({ label: each.name, hint: "", insert: `${each.value} ` }));
    setFound({ ...next, items, hint: items.length ? next.hint : answer.error ?? "Nothing found" });
  };
  const look = () => {
    const { value, selectionStart, selectionEnd } = box.current;
    const before = value.slice(0, selectionStart);
    const next = selectionStart === selectionEnd ? suggest(before, viewer.state, place?.on) : null;
    asked.current += 1;
    setFound(next);
    setAt(0);
    setChosen(false);
    if (next?.ask) ask(next, before);
  };
  const pick = (item) => {
    const { value, selectionStart } = box.current;
    const text = value.slice(0, found.from) + item.insert + value.slice(selectionStart).replace(/^ /, "");
    const caret = found.from + item.insert.length;
    setText(text);
    box.current.value = text;
    box.current.setSelectionRange(caret, caret);
    box.current.focus();
    look();
  };
  /** True when the key was for the list. */
  const key = (event) => {
    if (!found) return false;
    const { items } = found;
    if (event.key === "Escape") {
      setFound(null);
      return true;
    }
    if (!items.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      setAt((at + step + items.length) % items.length);
      setChosen(true);
      return true;
    }
    if (event.key !== "Tab" && event.key !== "Enter") return false;
    const typed = box.current.value.slice(found.from, box.current.selectionStart);
    const whole = items[at].insert.trim() === typed || (found.command && !typed);
    if (event.key === "Enter" && (event.shiftKey || (whole && !chosen))) return false;
    if (event.key === "Tab" && event.shiftKey) return false;
    pick(items[at]);
    return true;
  };
  const clear = () => {
    asked.current += 1;
    setFound(null);
  };
  return { found, at, setAt, look, pick, key, clear };
}

const drafts = new Map();

/** Discord's clients send emoji as characters. */
const withCharacters = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emojiCharacter(name));

export function Composer({ channel, thread, placeholder, note, autofocus, onSent }) {
  const { viewer, say } = useContext(Looking);
  const me = useViewer(viewer, (state) => state.me);
  const place = useViewer(viewer, (state) => state.places[channel]);
  const commands = useViewer(viewer, (state) => state.commands[state.places[channel]?.on]?.length > 0);
  const discord = isDiscord(place);
  const answering = useAnswering(viewer, channel);
  const narrow = useMedia("(max-width: 680px)");
  const draftKey = `${viewer.person}/${channel}/${thread ?? ""}`;
  const [text, setText] = useState(() => drafts.get(draftKey) ?? "");
  const [files, setFiles] = useState([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [picking, setPicking] = useState(false);
  const box = useRef(null);
  const chooser = useRef(null);
  const smile = useRef(null);
  const base = useId();
  const { found, at, setAt, look, pick, key, clear } = useSuggestions(viewer, box, setText, place);

  useEffect(() => { drafts.set(draftKey, text); }, [text]);
  useEffect(() => { if (autofocus && !narrow) box.current.focus({ preventScroll: true }); }, [autofocus]);
  useEffect(() => { if (answering) box.current?.focus({ preventScroll: true }); }, [answering]);
  useLayoutEffect(() => {
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(220, box.current.scrollHeight)}px`;
  }, [text]);

  const ready = (text.trim() || files.length) && !busy;
  const send = async () => {
    const typed = discord ? withCharacters(text.trim()) : text.trim();
    if (!ready) return;
    setProblem("");
    setBusy(true);
    const more = answering ? { reply_to: answering.ts } : {};
    const sent = typed.startsWith("/") ? await (discord ? act.discordCommand(viewer, channel, typed) : act.command(viewer, channel, thread, typed))
      : files.length ? await act.upload(viewer, channel, thread, typed, files, more) : await act.post(viewer, channel, thread, typed, more);
    setBusy(false);
    if (sent.ok && answering) answerTo(viewer, channel, null);
    if (sent.ok) {
      setText("");
      setFiles([]);
      clear();
      onSent?.();
    } else setProblem(sent.error);
    box.current?.focus({ preventScroll: true });
  };
  const insert = (words) => {
    const { selectionStart, selectionEnd } = box.current;
    const caret = selectionStart + words.length;
    setText(text.slice(0, selectionStart) + words + text.slice(selectionEnd));
    requestAnimationFrame(() => {
      box.current.focus();
      box.current.setSelectionRange(caret, caret);
    });
  };
  const keys = (event) => {
    if (event.isComposing) return;
    if (key(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey && !(narrow && event.ctrlKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && !text) {
      const own = [...event.currentTarget.closest("main, aside").querySelectorAll(`[data-author="${me.id}"]`)].at(-1);
      own?.focus();
      if (own) event.preventDefault();
    }
  };
  const add = (list) => setFiles((before) => [...before, ...list]);
  const paste = (event) => {
    const list = [...event.clipboardData.files];
    if (list.length) {
      event.preventDefault();
      add(list);
    }
  };
  const drop = (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  };
  const closed = place?.archived && !discord ? "is archived: it can be read, not written to." : place?.locked && me.role === "customer" ? "is locked: only the staff can write there." : "";
  if (closed) return html`<div class="composer-closed small">${titleOf(place)} ${closed}</div>`;
  return html`<form class="composer" aria-label=${placeholder} onSubmit=${(event) => { event.preventDefault(); send(); }} onDrop=${drop} onDragOver=${(event) => event.preventDefault()}>
    ${found && html`<${Suggestions} found=${found} at=${at} base=${base} onPick=${pick} onAt=${setAt} />`}
    ${problem && html`<p class="composer-problem" role="alert">${problem}</p>`}
    ${answering && html`<p class="composer-answering small">Replying to <strong>${personOf(viewer.state, answering.user)?.name ?? "someone"}</strong>
      <button type="button" class="icon-button" aria-label="Do not reply to it" onClick=${() => answerTo(viewer, channel, null)}><${Icon} name="close" /></button></p>`}
    <textarea ref=${box} rows="1" dir="auto" class="composer-text" placeholder=${placeholder} aria-label=${placeholder} value=${text}
      aria-controls=${`${base}-list`} aria-autocomplete="list"
      aria-activedescendant=${found?.items.length ? `${base}-${at}` : undefined}
      onInput=${(event) => { setText(event.target.value); setProblem(""); look(); }} onKeyDown=${keys} onPaste=${paste} onBlur=${clear}></textarea>
    ${files.length > 0 && html`<div class="composer-files">${files.map((file, place) => html`<span key=${place} class="chip">${file.name} <span class="small">${sizeOf(file.size)}</span>
      <button type="button" aria-label=${`Remove ${file.name}`} onClick=${() => setFiles(files.filter((each) => each !== file))}><${Icon} name="close" /></button></span>`)}</div>`}
    <div class="composer-foot">
      <input ref=${chooser} type="file" multiple hidden onChange=${(event) => { add([...event.target.files]); event.target.value = ""; }} />
      <button type="button" class="icon-button" aria-label="Attach a file" title="Attach a file" onClick=${() => chooser.current.click()}><${Icon} name="clip" /></button>
      <button ref=${smile} type="button" class="icon-button" aria-label="Insert an emoji" title="Insert an emoji" aria-haspopup="dialog" aria-expanded=${picking} onClick=${() => setPicking(!picking)}><${Icon} name="smile" /></button>
      <span class="composer-note"><span>${note ?? `as ${me.name}`}</span>${!note && commands && !thread && html`<span> · type / for commands</span>`}</span>
      <button type="submit" class=${cx("button composer-send", ready && "button-primary")} disabled=${!ready}>Send</button>
    </div>
    ${picking && html`<${EmojiPicker} anchor=${smile} onClose=${() => setPicking(false)} onPick=${(name) => { setPicking(false); insert(`:${name}: `); }} />`}
  </form>`;
}
