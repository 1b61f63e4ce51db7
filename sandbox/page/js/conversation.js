// The middle: a channel, a direct conversation, or an app with its home.
import { Composer } from "./composer.js";
import { Forum, ForumFoot } from "./forum.js";
import { Home } from "./home.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { html, useContext, useEffect, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { Messages } from "./messages.js";
import { isDiscord, titleOf } from "./places.js";

function Note({ place }) {
  if (place.kind === "im") return null;
  if (place.archived) return html`<span class="main-note">archived</span>`;
  if (place.staff) return html`<span class="main-note"><${Icon} name="lock" /> staff only</span>`;
  if (place.shared.length) return html`<span class="main-note">shared with ${place.shared.join(", ")}</span>`;
  return html`<span class="main-note">${place.people} people</span>`;
}

function Empty({ place, me }) {
  if (place.kind === "im") return html`<strong>${place.name}</strong>Write to ${place.name} here: nobody else reads along.`;
  if (isDiscord(place) && place.staff) return html`<strong>Nothing was said in #${place.name} yet</strong>The staff talks here; customers never see it.`;
  const first = me.role === "customer" ? "Ask for help: somebody of the desk answers here." : place.staff ? "New tickets appear here as cards." : "What customers write here becomes a ticket.";
  return html`<strong>Nothing was said in #${place.name} yet</strong>${first}`;
}

export function Conversation({ channel, thread, at, onArrived, onBack, seesShown, onSees, children }) {
  const { viewer } = useContext(Looking);
  const place = useViewer(viewer, (state) => state.places[channel]);
  const me = useViewer(viewer, (state) => state.me);
  const with_ = useViewer(viewer, (state) => state.people[state.places[channel]?.with]);
  const [tab, setTab] = useState("messages");
  useEffect(() => { setTab(with_?.bot && !isDiscord(place) && !at ? "home" : "messages"); }, [channel, with_?.id]);
  if (!place) return html`<main class="main"><div class="empty"><strong>This place is not there</strong>It was taken away, or ${me?.name ?? "you"} may not see it.</div></main>`;
  // Discord's apps have no page of their own.
  const isApp = with_?.bot && !isDiscord(place);
  const showHome = isApp && tab === "home";
  return html`<main class="main" aria-label=${titleOf(place)}>
    <header class="main-head">
      <button type="button" class="icon-button only-narrow" aria-label="Channels" onClick=${onBack}><${Icon} name="back" /></button>
      <h2 class="main-title">${place.kind !== "im" && html`<span aria-hidden="true">${place.kind === "forum" ? html`<${Icon} name="forum" />` : "#"}</span>`}<span>${place.name}</span></h2>
      <${Note} place=${place} />
      ${isApp && html`<div class="tabs" role="tablist" aria-label=${place.name}>
        ${["home", "messages"].map((name) => html`<button key=${name} type="button" role="tab" class="tab" aria-selected=${tab === name} onClick=${() => setTab(name)}>${name === "home" ? "Home" : "Messages"}</button>`)}
      </div>`}
      ${onSees && html`<div class="head-end"><button type="button" class="button button-quiet sees-button" aria-label="What the customer sees" title="What the customer sees" aria-pressed=${seesShown} onClick=${onSees}><${Icon} name="eye" /><span>What the customer sees</span></button></div>`}
    </header>
    ${place.kind === "forum" ? html`<${Forum} key=${channel} forum=${place} current=${thread} />` : showHome ? html`<${Home} app=${with_} />` : html`
      <${Messages} key=${`${viewer.person}/${channel}`} channel=${channel} at=${thread && at !== thread ? "" : at} onArrived=${onArrived} label=${`Messages in ${titleOf(place)}`} empty=${html`<${Empty} place=${place} me=${me} />`} />`}
    ${children}
    ${place.kind === "forum" ? html`<${ForumFoot} key=${`${channel}/write`} forum=${place} />` : !showHome && html`<${Composer} key=${`${viewer.person}/${channel}/write`} channel=${channel} autofocus=${!thread} placeholder=${`Message ${titleOf(place)}`} />`}
  </main>`;
}
