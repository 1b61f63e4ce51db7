// One message: who, when, what, and what can be done with it.
import { act } from "./actions.js";
import { Avatar } from "./avatar.js";
import { Emoji } from "./emoji.js";
import { Files } from "./files.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { cx, html, memo, useContext, useMemo, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { EditBox } from "./edit-box.js";
import { Before, Began, DiscordBody } from "./message-discord.js";
import { Toolbar } from "./message-toolbar.js";
import { Attachments } from "./renderers/attachments.js";
import { Mrkdwn } from "./renderers/mrkdwn.js";
import { Character } from "./renderers/discord.js";
import { Blocks } from "./renderers/slack.js";
import { Surface, initialValues } from "./renderers/surface.js";
import { exact, hourMinute, lastAt } from "./time.js";

/** What a message's elements need; entered values live as long as its blocks. */
function useMessageSurface(viewer, message) {
  const blocks = message.blocks;
  const [entered, setEntered] = useState({});
  const values = useMemo(() => initialValues(blocks, entered), [blocks, entered]);
  return useMemo(() => ({
    kind: "message", values, errors: {},
    set: (block, action, value) => setEntered((before) => ({ ...before, [block]: { ...before[block], [action]: value } })),
    act: (action) => act.press(viewer, { message }, action, values),
    options: (element, block, typed) => act.options(viewer, { message }, element, block, typed),
    upload: (files) => act.uploadAll(viewer, files),
  }), [viewer, message, values]);
}

function SlackBody({ message }) {
  const { viewer } = useContext(Looking);
  const surface = useMessageSurface(viewer, message);
  const hasBlocks = message.blocks?.length > 0;
  // An app's message is a live card: that it changed goes without saying.
  const isApp = viewer.state.people[message.user]?.bot;
  return html`<${Surface.Provider} value=${surface}>
    ${hasBlocks ? html`<${Blocks} blocks=${message.blocks} />`
      : message.text && html`<div class="text"><${Mrkdwn} text=${message.text} jumbo=${true} />${message.edited && !isApp && html`<span class="edited"> (edited)</span>`}</div>`}
    ${message.attachments && html`<${Attachments} list=${message.attachments} />`}
    ${message.files && html`<${Files} files=${message.files} />`}
  <//>`;
}

const Body = ({ message }) => (message.on === "discord" ? html`<${DiscordBody} message=${message} />` : html`<${SlackBody} message=${message} />`);

function Reactions({ message }) {
  const { viewer } = useContext(Looking);
  const me = viewer.state.me.id;
  const names = (people) => people.map((id) => (id === me ? "you" : viewer.state.people[id]?.name ?? "someone")).join(", ");
  return html`<div class="reactions">
    ${message.reactions.map(({ name, people }) => {
      const mine = people.includes(me);
      const character = message.on === "discord";
      return html`<button key=${name} type="button" class=${cx("reaction", mine && "reaction-mine")} aria-pressed=${mine}
        title=${`${names(people)} reacted with ${character ? name : `:${name}:`}`} aria-label=${`${name}, ${people.length}, ${names(people)}`}
        onClick=${() => act.react(viewer, message, name, !mine)}>${character ? html`<${Character} text=${name} />` : html`<${Emoji} name=${name} />`} <span>${people.length}</span></button>`;
    })}
  </div>`;
}

function ThreadLine({ message }) {
  const { viewer, openThread } = useContext(Looking);
  const { count, people, last, name } = message.replies;
  const discord = message.on === "discord";
  return html`<button type="button" class="thread-line" title=${name} onClick=${() => openThread(message)}>
    <span class="thread-faces">${people.map((id) => html`<${Avatar} key=${id} person=${viewer.state.people[id]} size="medium" />`)}</span>
    ${discord && html`<span class="thread-name">${name}</span>`}
    <span class="thread-count">${discord ? `${count} ${count === 1 ? "message" : "messages"}` : `${count} ${count === 1 ? "reply" : "replies"}`}</span>
    <span class="small">${lastAt(last, viewer.now(), viewer.state.me.tz)}</span>
  </button>`;
}

function Failures({ message }) {
  const { viewer } = useContext(Looking);
  const failures = useViewer(viewer, (state) => state.failures);
  const mine = Object.entries(failures).filter(([key]) => key.startsWith(`${message.ts}/`));
  return mine.map(([key, reason]) => html`<p key=${key} class="failure" role="alert"><${Icon} name="warning" /> ${reason}
    <button type="button" class="link-button" onClick=${() => viewer.forget(key)}>Dismiss</button></p>`);
}

function Head({ message, person }) {
  const { viewer, go } = useContext(Looking);
  const zone = viewer.state.me.tz;
  const time = html`<time datetime=${new Date(message.at * 1000).toISOString()} title=${exact(message.at, zone)}>${hourMinute(message.at, zone)}</time>`;
  return html`<div class="message-head">
    <span class="author">${message.username ?? person?.name ?? "Someone"}</span>
    ${person?.bot && html`<span class="tag">APP</span>`}
    ${person?.role === "customer" && message.on !== "discord" && html`<span class="tag tag-line">${person.organisation}</span>`}
    ${message.only ? html`<span class="stamp">${time}</span>`
      : html`<a class="stamp" href=${`#/${message.channel}/${message.ts}`} onClick=${(event) => { event.preventDefault(); go({ channel: message.channel, thread: message.thread, at: message.ts }); }}>${time}</a>`}
  </div>`;
}

/** The words that Discord's components say, for those who do not see them. */
const wordsOf = (blocks) => (blocks ?? []).flatMap((one) => [one.content, wordsOf(one.components)]).filter(Boolean).join(" ");

function summary(message, person, zone) {
  const words = message.text || wordsOf(message.blocks) || "a message";
  return `${message.username ?? person?.name ?? "Someone"}, ${hourMinute(message.at, zone)}: ${words.slice(0, 160)}`;
}

function Draw({ message, together, thread }) {
  const { viewer, openThread } = useContext(Looking);
  const person = useViewer(viewer, (state) => state.people[message.user]);
  const [editing, setEditing] = useState(false);
  const [near, setNear] = useState(false);
  const [held, setHeld] = useState(false);
  const zone = viewer.state.me.tz;
  if (message.subtype === "channel_join" || message.subtype === "channel_leave") {
    return html`<li class="message message-note" data-ts=${message.ts} tabindex="-1"><span class="gutter"></span><div class="small"><${Mrkdwn} text=${message.text} /></div></li>`;
  }
  if (message.began) return html`<li class="message message-note" data-ts=${message.ts} tabindex="-1"><span class="gutter"></span><${Began} message=${message} /></li>`;
  const gutter = message.deleted ? html`<span class="avatar avatar-gone"><${Icon} name="trash" /></span>`
    : together ? html`<time class="late-stamp">${hourMinute(message.at, zone)}</time>` : html`<${Avatar} person=${person} name=${message.username} />`;
  const name = cx("message", `message-${message.on ?? "slack"}`, together && "message-together", message.only && "message-only", message.deleted && "message-gone");
  const row = useRef(null);
  const edited = () => {
    setEditing(false);
    row.current?.focus({ preventScroll: true });
  };
  const left = (event) => { if (!event.currentTarget.contains(event.relatedTarget)) setNear(false); };
  return html`<li ref=${row} class=${name} data-ts=${message.ts} data-author=${message.user} tabindex="-1" aria-label=${summary(message, person, zone)}
    onPointerEnter=${() => setNear(true)} onPointerLeave=${(event) => { if (!event.currentTarget.contains(document.activeElement)) setNear(false); }}
    onFocusIn=${() => setNear(true)} onFocusOut=${left}>
    ${message.only && message.on !== "discord" && html`<div class="only-note"><${Icon} name="eye" /> Only visible to you</div>`}
    <div class="gutter">${gutter}</div>
    <div class="message-main">
      ${(message.asked || message.answers) && html`<${Before} message=${message} />`}
      ${!together && !message.deleted && html`<${Head} message=${message} person=${person} />`}
      ${message.broadcast && !thread && html`<button type="button" class="small link-button" onClick=${() => openThread(message)}>replied to a thread</button>`}
      ${editing ? html`<${EditBox} message=${message} onDone=${edited} />` : html`<${Body} message=${message} />`}
      <${Failures} message=${message} />
      ${message.reactions && html`<${Reactions} message=${message} />`}
      ${message.replies && !thread && html`<${ThreadLine} message=${message} />`}
    </div>
    ${(near || held) && !editing && !message.deleted && html`<${Toolbar} message=${message} thread=${thread} onEdit=${() => setEditing(true)} onHold=${setHeld} />`}
  </li>`;
}

export const Message = memo(Draw);
