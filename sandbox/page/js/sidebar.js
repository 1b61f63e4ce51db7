// The rail of workspaces and servers, and the list of places. A place stands here only where the person that looks may
// see it.
import { act } from "./actions.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { initials } from "./avatar.js";
import { cx, html, useContext } from "./lib.js";
import { Looking } from "./looking.js";

const PLATFORM = { slack: "Slack", discord: "Discord" };

function signOf(place) {
  if (place.kind === "im") return "@";
  if (place.kind === "forum") return html`<${Icon} name="forum" />`;
  if (place.kind === "private_thread") return html`<${Icon} name="lock" />`;
  return place.parent ? html`<${Icon} name="thread" />` : "#";
}

function Place({ place, current, go, threads }) {
  return html`<li><button type="button" class=${cx("place", place.unread > 0 && "place-unread", place.parent && "place-thread")} data-place=${place.id} aria-current=${place.id === current ? "page" : undefined} onClick=${() => go({ channel: place.id })}>
    <span class="place-sign" aria-hidden="true">${signOf(place)}</span><span class="place-name">${place.name}</span>
    ${place.unread > 0 && html`<span class="badge">${Math.min(99, place.unread)}${place.unread > 99 ? "+" : ""}<span class="visually-hidden"> unread</span></span>`}
  </button>${threads?.length > 0 && html`<ul>${threads.map((each) => html`<${Place} key=${each.id} place=${each} current=${current} go=${go} />`)}</ul>`}</li>`;
}

function List({ title, places, current, go, threads = {} }) {
  if (!places.length) return null;
  return html`<h2>${title}</h2><ul>${places.map((place) => html`<${Place} key=${place.id} place=${place} current=${current} go=${go} threads=${threads[place.id]} />`)}</ul>`;
}

/** Threads that one is in and that go on stand under their channel; what is open now always does. */
function threadsBelow(places, current) {
  const below = {};
  for (const place of places) {
    if (place.parent && ((place.member && !place.archived) || place.id === current)) (below[place.parent] ??= []).push(place);
  }
  return below;
}

/** The app's direct conversation on Discord, which is made when it is opened first. */
function DirectWithApp({ viewer, go, say }) {
  const open = async () => {
    const answer = await act.direct(viewer, "discord");
    if (!answer.ok) return say(answer.error);
    return go({ channel: answer.channel });
  };
  return html`<h2>Direct messages</h2><ul><li><button type="button" class="place" onClick=${open}><span class="place-sign" aria-hidden="true">@</span><span class="place-name">Desk</span></button></li></ul>`;
}

export function Places({ current, thread, team }) {
  const { viewer, go, say } = useContext(Looking);
  const places = useViewer(viewer, (state) => state.places);
  const order = useViewer(viewer, (state) => state.order);
  const people = useViewer(viewer, (state) => state.people);
  const all = order.map((id) => places[id]).filter((place) => place.team === team?.id);
  const discord = team?.on === "discord";
  const isApp = (place) => !discord && place.kind === "im" && people[place.with]?.bot;
  const shown = discord && places[thread]?.parent ? thread : current;
  const direct = all.filter((place) => place.kind === "im" && !isApp(place));
  const staff = discord ? all.filter((place) => place.staff && place.kind !== "im" && !place.parent) : [];
  const open = all.filter((place) => place.kind !== "im" && !place.parent && !staff.includes(place));
  const below = threadsBelow(all, shown);
  return html`<nav class="places" aria-label="Channels and apps">
    <div class="places-head">${team?.name}</div>
    <${List} title="Channels" places=${open} current=${shown} go=${go} threads=${below} />
    <${List} title="Staff" places=${staff} current=${shown} go=${go} threads=${below} />
    ${discord && !direct.length ? html`<${DirectWithApp} viewer=${viewer} go=${go} say=${say} />` : html`<${List} title="Direct messages" places=${direct} current=${shown} go=${go} />`}
    <${List} title="Apps" places=${all.filter(isApp)} current=${shown} go=${go} />
  </nav>`;
}

function Team({ team, current, onTeam }) {
  const { viewer } = useContext(Looking);
  const places = useViewer(viewer, (state) => state.places);
  const unread = Object.values(places).some((place) => place.team === team.id && place.unread > 0);
  const here = team.id === current?.id;
  return html`<button type="button" class=${cx("rail-place", `rail-${team.on}`)} data-team=${team.id} aria-current=${here ? "true" : undefined} title=${team.name} onClick=${() => onTeam(team)}>
    <span class="rail-sign" aria-hidden="true">${team.on === "slack" ? initials(team.name)[0] : initials(team.name)}${unread && !here && html`<span class="rail-dot"></span>`}</span><span class="rail-name">${PLATFORM[team.on]}</span>
    ${unread && !here && html`<span class="visually-hidden"> (something new)</span>`}</button>`;
}

export function Rail({ teams, team, onTeam, traffic, onTraffic, onStartOver, guideClosed, onGuide }) {
  return html`<div class="rail">
    <nav class="rail-teams" aria-label="Workspaces and servers">${teams.map((each) => html`<${Team} key=${each.id} team=${each} current=${team} onTeam=${onTeam} />`)}</nav>
    <div class="rail-foot" role="toolbar" aria-label="Sandbox" aria-orientation="vertical">
      ${guideClosed && html`<button type="button" class="rail-tool" onClick=${onGuide}><${Icon} name="list" />Guide</button>`}
      <button type="button" class="rail-tool" aria-expanded=${traffic} onClick=${onTraffic}><${Icon} name="traffic" />Traffic</button>
      <button type="button" class="rail-tool" onClick=${onStartOver}><${Icon} name="restart" />Start over</button>
    </div>
  </div>`;
}
