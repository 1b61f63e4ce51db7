// Beside the conversation: a thread, and what the customer of that thread sees, through the customer's own connection.
import { act } from "./actions.js";
import { Composer } from "./composer.js";
import { Forum, ForumFoot, Tags } from "./forum.js";
import { Forms } from "./forms.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { html, useContext, useEffect, useLayoutEffect, useMemo, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { Messages } from "./messages.js";
import { isDiscord, resolved, threadPlace, titleOf, whereOf } from "./places.js";
import { permalink } from "./renderers/mrkdwn.js";
import { shortName } from "./topbar.js";
import { Viewer } from "./viewer.js";

/** Permalinks in what the app drew: a card of a ticket leads to what the customer wrote. */
function linksOf(message) {
  const text = JSON.stringify([message.text, message.blocks, message.attachments]);
  const found = text.matchAll(/\/archives\/[A-Z0-9]+\/p\d{16}[^"|>)\s\\]*|\/channels\/(?:@me|\d+)\/\d+(?:\/\d+)?/g);
  return [...found].map(([url]) => permalink(url.replaceAll("&amp;", "&")));
}

/** A ticket's number as a card says it. */
const TICKET = /\b[A-Z]{1,6}-\d+\b/;

/**
 * What may tell whose side to show for what is open here: the place itself where customers are, else what its card links
 * to, else where the customer was told of that ticket (a direct message, a private thread: no agent can open those).
 */
async function candidates(viewer, { channel, thread }) {
  const place = viewer.state.places[channel];
  const own = place && !place.staff ? [{ channel, ts: thread }] : [];
  if (!thread) return own;
  const [where, within] = whereOf(viewer.state, channel, thread);
  const run = await viewer.load(where, within);
  const first = run?.messages[0];
  const root = first?.starter ?? first;
  if (!root) return own;
  const ticket = TICKET.exec(JSON.stringify([root.text, root.blocks]))?.[0];
  return [...own, ...linksOf(root), ...(ticket ? [{ ticket }] : [])];
}

/** Whose eyes to show for what is open here: `{person, channel, thread?}`, null when there is no customer. */
export async function customerSide(viewer, { channel, thread }, people) {
  const customers = people.filter((person) => person.role === "customer");
  for (const { channel: where, ts, thread: root, ticket } of await candidates(viewer, { channel, thread })) {
    const answer = await (ticket ? act.customerToldOf(ticket) : act.customerOf(where, root ?? ts));
    const person = customers.find((each) => each.id === answer.person);
    if (person) return { person, channel: answer.channel, thread: answer.thread || undefined };
  }
  return customers.length ? { person: customers[0] } : null;
}

/** A second connection, as the customer; it ends with the pane. */
function useCustomer(target) {
  const id = target?.person.id;
  const [viewer, setViewer] = useState(null);
  useLayoutEffect(() => {
    if (!id) return undefined;
    const made = new Viewer(id);
    made.connect();
    setViewer(made);
    return () => {
      made.close();
      setViewer(null);
    };
  }, [id]);
  return viewer;
}

function Sees({ target, say }) {
  const viewer = useCustomer(target);
  if (!target) return html`<div class="empty"><strong>No customer here</strong>This world has nobody to look through.</div>`;
  if (!viewer) return null;
  return html`<${CustomerView} key=${target.person.id} viewer=${viewer} target=${target} say=${say} />`;
}

function CustomerView({ viewer, target, say }) {
  const live = useViewer(viewer, (state) => state.me !== null);
  const places = useViewer(viewer, (state) => state.places);
  const [moved, setMoved] = useState(null);
  useEffect(() => { setMoved(null); }, [target.channel, target.thread]);
  const looking = useMemo(() => ({
    viewer, say, go: (to) => setMoved(resolved(viewer.state, to)), openThread: (message) => setMoved({ channel: message.channel, thread: message.thread ?? message.ts }),
  }), [viewer, say]);
  if (!live) return html`<div class="empty" role="status">Connecting …</div>`;
  const fallback = Object.values(places).find((place) => place.kind !== "im" && !place.parent)?.id;
  const { channel, thread, at } = moved ?? { channel: target.channel ?? fallback, thread: target.thread };
  const place = places[channel];
  const name = shortName(target.person);
  const [where, within] = whereOf({ places }, channel, thread);
  if (!place) return html`<div class="empty"><strong>${name} cannot see this place</strong></div>`;
  const title = titleOf(place);
  const on = isDiscord(place) ? " on Discord" : "";
  const whole = place.kind !== "im" && html`<button type="button" class="link-button" title=${`The whole channel, as ${name} sees it`} onClick=${() => setMoved({ channel })}>${title}</button>`;
  return html`<${Looking.Provider} value=${looking}>
    <p class="pane-note">${place.kind === "im" ? html`${name}'s direct messages with ${title}${on}.` : thread ? html`${whole}${on}, ${name}'s thread.` : `${title}${on}, as ${name} sees it.`} Nothing internal is here.</p>
    ${place.kind === "forum" && !thread ? html`<${Forum} forum=${place} /><${ForumFoot} forum=${place} />` : html`
      <${Messages} key=${`${where}/${within ?? ""}`} channel=${where} thread=${within} at=${at} peeking=${true} label=${`What ${name} sees`} empty=${html`<strong>${name} sees nothing yet</strong>`} />
      <${Composer} key=${`${where}/${within ?? ""}/write`} channel=${where} thread=${within} placeholder=${thread ? `Message ${name}'s thread, as ${name}` : `Message ${title}, as ${name}`} />`}
    <${Forms} />
  <//>`;
}

/** What a thread of Discord's is called, and how it stands. */
function ThreadNote({ place, parent }) {
  const state = place.locked ? "closed" : place.archived ? "archived: writing opens it again" : place.kind === "private_thread" ? "private" : "";
  return html`<p class="pane-note thread-note"><strong>${place.name}</strong> <${Tags} ids=${place.tags} forum=${parent} />${state && html`<span>${state}</span>`}</p>`;
}

function threadWords(place, me) {
  if (!place) return ["Message the thread", undefined];
  if (place.staff) return ["Message the thread (internal)", `as ${me.name} · staff only`];
  if (me.role !== "customer" && place.kind !== "im") return ["Reply in the thread", `as ${me.name} · ${place.shared.join(", ") || "everyone here"} reads this`];
  return ["Reply in the thread", undefined];
}

export function Pane({ channel, thread, at, tab, setTab, target, onClose, onBack, onArrived, say }) {
  const { viewer } = useContext(Looking);
  const me = useViewer(viewer, (state) => state.me);
  const place = useViewer(viewer, (state) => state.places[channel]);
  const staff = me.role !== "customer";
  const shown = staff && (tab === "sees" || !thread) ? "sees" : "thread";
  const name = target ? shortName(target.person) : "the customer";
  const [placeholder, note] = threadWords(place, me);
  const discord = useViewer(viewer, (state) => threadPlace(state, channel, thread));
  const [where, within] = discord ? [thread, undefined] : [channel, thread];
  return html`<aside class="pane" aria-label=${shown === "sees" ? `What ${name} sees` : "Thread"}>
    <header class="pane-head">
      <button type="button" class="icon-button only-narrow" aria-label="Back" onClick=${onBack}><${Icon} name="back" /></button>
      <div class="tabs" role="tablist" aria-label="Beside the conversation">
        ${thread && html`<button type="button" role="tab" class="tab" aria-selected=${shown === "thread"} onClick=${() => setTab("thread")}>Thread</button>`}
        ${staff && html`<button type="button" role="tab" class="tab" aria-selected=${shown === "sees"} onClick=${() => setTab("sees")}>What ${name} sees</button>`}
      </div>
      <div class="head-end"><button type="button" class="icon-button" aria-label="Close" title="Close" onClick=${onClose}><${Icon} name="close" /></button></div>
    </header>
    ${shown === "sees" ? html`<${Sees} target=${target} say=${say} />` : html`
      ${discord && html`<${ThreadNote} place=${discord} parent=${place} />`}
      <${Messages} key=${`${viewer.person}/${where}/${within}`} channel=${where} thread=${within} at=${at} onArrived=${onArrived} label="Messages of this thread" empty=${html`<strong>This thread is gone</strong>Its first message was deleted.`} />
      <${Composer} key=${`${viewer.person}/${where}/${within}/write`} channel=${where} thread=${within} autofocus=${true} placeholder=${placeholder} note=${note} />`}
  </aside>`;
}
