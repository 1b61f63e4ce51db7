// What can be done with a message: quick reactions, the picker, its thread, and the rest behind "more".
import { act } from "./actions.js";
import { answerTo } from "./answering.js";
import { DESK_EMOJI, Emoji, emojiCharacter } from "./emoji.js";
import { EmojiPicker } from "./emoji-picker.js";
import { Icon } from "./icons.js";
import { html, useContext, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { takesThreads } from "./places.js";
import { Menu } from "./popover.js";
import { ConfirmDialog } from "./renderers/confirm.js";

const QUICK = DESK_EMOJI.slice(0, 3);

const DELETE = {
  title: "Delete this message?", text: "It is taken away for everybody in this channel.",
  confirm: "Delete", deny: "Keep it", style: "danger",
};

export function permalinkOf(message, place) {
  if (message.on === "discord") return new URL(`/channels/${place?.kind === "im" ? "@me" : place?.team}/${message.channel}/${message.ts}`, location.href).href;
  const address = new URL(`/archives/${message.channel}/p${message.ts.replace(".", "")}`, location.href);
  if (message.thread) address.search = `?thread_ts=${message.thread}&cid=${message.channel}`;
  return address.href;
}

function menuItems({ viewer, message, onEdit, onDelete, say }) {
  const { shortcuts, me, places } = viewer.state;
  const own = message.user === me.id;
  const tell = async (doing) => {
    const answer = await doing;
    if (!answer.ok) say(answer.error);
  };
  const items = shortcuts
    .filter((each) => each.type === "message" && (each.on ?? "slack") === (message.on ?? "slack"))
    .map((each) => ({ label: each.name, hint: each.app ?? "Desk", icon: html`<${Icon} name="bolt" />`, run: () => tell(act.shortcut(viewer, message, each)) }));
  if (items.length) items.push(null);
  items.push({
    label: "Copy link", icon: html`<${Icon} name="link" />`,
    run: () => navigator.clipboard?.writeText(permalinkOf(message, places[message.channel])).then(() => say("Link copied")),
  });
  if (own) {
    items.push({ label: "Edit message", icon: html`<${Icon} name="edit" />`, run: onEdit });
    items.push({ label: "Delete message …", icon: html`<${Icon} name="trash" />`, danger: true, run: onDelete });
  }
  return items;
}

export function Toolbar({ message, thread, onEdit, onHold }) {
  const { viewer, openThread, say } = useContext(Looking);
  const [open, setOpen] = useState("");
  const [asking, setAsking] = useState(false);
  const more = useRef(null);
  const picker = useRef(null);
  const show = (what) => {
    const next = open === what ? "" : what;
    setOpen(next);
    onHold(Boolean(next));
  };
  const close = () => show("");
  const ask = (yes) => {
    setAsking(yes);
    onHold(yes);
  };
  if (message.only) {
    return html`<div class="toolbar" role="toolbar" aria-label="Message actions">
      <button type="button" class="icon-button" aria-label="Dismiss" title="Dismiss" onClick=${() => act.dismiss(viewer, message)}><${Icon} name="close" /></button>
    </div>`;
  }
  const discord = message.on === "discord";
  const place = viewer.state.places[message.channel];
  const written = (name) => (discord ? emojiCharacter(name) : name);
  const has = (name) => message.reactions?.find((each) => each.name === written(name))?.people.includes(viewer.state.me.id) ?? false;
  const react = (name) => act.react(viewer, message, written(name), !has(name));
  const items = menuItems({ viewer, message, onEdit, onDelete: () => ask(true), say });
  return html`<div class="toolbar" role="toolbar" aria-label="Message actions">
    ${QUICK.map((name) => html`<button key=${name} type="button" class="icon-button" aria-pressed=${has(name)} aria-label=${`React with ${name}`} title=${`:${name}:`} onClick=${() => react(name)}><${Emoji} name=${name} /></button>`)}
    <button ref=${picker} type="button" class="icon-button" aria-label="Add a reaction" title="Add a reaction" aria-haspopup="dialog" aria-expanded=${open === "picker"} onClick=${() => show("picker")}><${Icon} name="smilePlus" /></button>
    ${discord && html`<button type="button" class="icon-button" aria-label="Reply" title="Reply" onClick=${() => answerTo(viewer, message.channel, message)}><${Icon} name="reply" /></button>`}
    ${!thread && takesThreads(place) && html`<button type="button" class="icon-button" aria-label="Reply in thread" title="Reply in thread" onClick=${() => openThread(message)}><${Icon} name="thread" /></button>`}
    <button ref=${more} type="button" class="icon-button" aria-label="More for this message" title="More" aria-haspopup="menu" aria-expanded=${open === "more"} onClick=${() => show("more")}><${Icon} name="more" /></button>
    ${open === "more" && html`<${Menu} anchor=${more} align="end" label="Message" items=${items} onClose=${close} />`}
    ${open === "picker" && html`<${EmojiPicker} anchor=${picker} align="end" onClose=${close} onPick=${(name) => { close(); react(name); }} />`}
    ${asking && html`<${ConfirmDialog} confirm=${DELETE} onNo=${() => ask(false)} onYes=${() => { ask(false); act.remove(viewer, message); }} />`}
  </div>`;
}
