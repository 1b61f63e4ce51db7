// Beside the conversation: a thread, and what the customer of that thread sees, through the customer's own connection.
import { Composer } from "./composer.js";
import { Forms } from "./forms.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { html, useContext, useEffect, useLayoutEffect, useMemo, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { Messages } from "./messages.js";
import { permalink } from "./renderers/mrkdwn.js";
import { shortName } from "./topbar.js";
import { Viewer } from "./viewer.js";

/** Permalinks in what the app drew: a card of a ticket leads to what the customer wrote. */
function linksOf(message) {
  const text = JSON.stringify([message.text, message.blocks, message.attachments]);
  return [...text.matchAll(/\/archives\/[A-Z0-9]+\/p\d{16}[^"|>\s\\]*/g)].map(([url]) => permalink(url.replaceAll("&amp;", "&")));
}

/** Whose eyes to show for what is open here: `{person, channel, thread?}`, null when there is no customer. */
export async function customerSide(viewer, { channel, thread }, people) {
  const { places } = viewer.state;
  const customers = people.filter((person) => person.role === "customer");
  const outside = (id) => places[id] && !places[id].staff && places[id].kind !== "im";
  const candidates = [];
  if (thread) {
    const run = await viewer.load(channel, thread);
    const root = run?.messages.find((message) => message.ts === thread);
    if (outside(channel)) candidates.push({ channel, thread });
    if (root) candidates.push(...linksOf(root).map((link) => ({ channel: link.channel, thread: link.thread ?? link.ts })));
  } else if (outside(channel)) candidates.push({ channel });
  for (const place of candidates.filter((each) => outside(each.channel))) {
    const run = place.thread ? await viewer.load(place.channel, place.thread) : null;
    const author = run?.messages[0]?.user;
    const person = customers.find((each) => each.id === author) ?? customers.find((each) => places[place.channel].shared.includes(each.organisation));
    if (person) return { person, ...place };
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
    viewer, say, go: (to) => setMoved(to), openThread: (message) => setMoved({ channel: message.channel, thread: message.thread ?? message.ts }),
  }), [viewer, say]);
  if (!live) return html`<div class="empty" role="status">Connecting …</div>`;
  const fallback = Object.values(places).find((place) => place.kind !== "im")?.id;
  const { channel, thread, at } = moved ?? { channel: target.channel ?? fallback, thread: target.thread };
  const place = places[channel];
  const name = shortName(target.person);
  if (!place) return html`<div class="empty"><strong>${name} cannot see this place</strong></div>`;
  return html`<${Looking.Provider} value=${looking}>
    <p class="pane-note">${thread
      ? html`<button type="button" class="link-button" title=${`The whole channel, as ${name} sees it`} onClick=${() => setMoved({ channel })}>#${place.name}</button>, ${name}'s thread.`
      : `#${place.name}, as ${name} sees it.`} Nothing from triage is here.</p>
    <${Messages} key=${`${channel}/${thread ?? ""}`} channel=${channel} thread=${thread} at=${at} label=${`What ${name} sees`} empty=${html`<strong>${name} sees nothing yet</strong>`} />
    <${Composer} key=${`${channel}/${thread ?? ""}/write`} channel=${channel} thread=${thread} placeholder=${thread ? `Message ${name}'s thread, as ${name}` : `Message #${place.name}, as ${name}`} />
    <${Forms} />
  <//>`;
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
      <${Messages} key=${`${viewer.person}/${channel}/${thread}`} channel=${channel} thread=${thread} at=${at} onArrived=${onArrived} label="Messages of this thread" empty=${html`<strong>This thread is gone</strong>Its first message was deleted.`} />
      <${Composer} key=${`${viewer.person}/${channel}/${thread}/write`} channel=${channel} thread=${thread} autofocus=${true} placeholder=${placeholder} note=${note} />`}
  </aside>`;
}
