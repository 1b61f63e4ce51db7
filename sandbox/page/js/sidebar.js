// The rail of workspaces and the list of places. A place stands here only where the person that looks may see it.
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { initials } from "./avatar.js";
import { cx, html, useContext } from "./lib.js";
import { Looking } from "./looking.js";

function Place({ place, current, go }) {
  const sign = place.kind === "im" ? "@" : "#";
  const here = place.id === current;
  return html`<li><button type="button" class=${cx("place", place.unread > 0 && "place-unread")} data-place=${place.id} aria-current=${here ? "page" : undefined} onClick=${() => go({ channel: place.id })}>
    <span class="place-sign" aria-hidden="true">${sign}</span><span class="place-name">${place.name}</span>
    ${place.unread > 0 && html`<span class="badge">${Math.min(99, place.unread)}${place.unread > 99 ? "+" : ""}<span class="visually-hidden"> unread</span></span>`}
  </button></li>`;
}

function List({ title, places, current, go }) {
  if (!places.length) return null;
  return html`<h2>${title}</h2><ul>${places.map((place) => html`<${Place} key=${place.id} place=${place} current=${current} go=${go} />`)}</ul>`;
}

export function Places({ current }) {
  const { viewer, go } = useContext(Looking);
  const places = useViewer(viewer, (state) => state.places);
  const order = useViewer(viewer, (state) => state.order);
  const team = useViewer(viewer, (state) => state.team);
  const people = useViewer(viewer, (state) => state.people);
  const all = order.map((id) => places[id]);
  const isApp = (place) => place.kind === "im" && people[place.with]?.bot;
  return html`<nav class="places" aria-label="Channels and apps">
    <div class="places-head">${team?.name}</div>
    <${List} title="Channels" places=${all.filter((place) => place.kind !== "im")} current=${current} go=${go} />
    <${List} title="Direct messages" places=${all.filter((place) => place.kind === "im" && !isApp(place))} current=${current} go=${go} />
    <${List} title="Apps" places=${all.filter(isApp)} current=${current} go=${go} />
  </nav>`;
}

export function Rail({ team, traffic, onTraffic, onStartOver, guideClosed, onGuide }) {
  return html`<div class="rail">
    <button type="button" class="rail-place" aria-current="true"><span class="rail-sign" aria-hidden="true">${initials(team?.name)[0]}</span>Slack</button>
    <div class="rail-foot" role="toolbar" aria-label="Sandbox" aria-orientation="vertical">
      ${guideClosed && html`<button type="button" class="rail-tool" onClick=${onGuide}><${Icon} name="list" />Guide</button>`}
      <button type="button" class="rail-tool" aria-expanded=${traffic} onClick=${onTraffic}><${Icon} name="traffic" />Traffic</button>
      <button type="button" class="rail-tool" onClick=${onStartOver}><${Icon} name="restart" />Start over</button>
    </div>
  </div>`;
}
