// Who I am, and what time it is: both can be changed at once.
import { act } from "./actions.js";
import { Avatar } from "./avatar.js";
import { useMinute } from "./hooks.js";
import { html, useState } from "./lib.js";
import { isOfDiscord } from "./people.js";
import { hourMinute, weekday } from "./time.js";

export const shortName = (person) => person.name.split(" ")[0];
const ofWhom = (person) => (isOfDiscord(person) ? "Discord" : person.organisation);
const shortRole = (person) => (person.role === "customer" ? ofWhom(person) : person.role);
export const roleOf = (person) => (person.role === "customer" ? `customer, ${ofWhom(person)}` : person.role);

function Who({ people, who, become }) {
  return html`<div class="who" role="group" aria-label="You are">
    <span class="topbar-label" aria-hidden="true">You are</span>
    ${people.map((person) => html`<button key=${person.id} type="button" class="who-button" aria-pressed=${person.id === who} data-person=${person.id}
      title=${`${person.name}, ${roleOf(person)}`} onClick=${() => become(person.id)}>
      <${Avatar} person=${person} size="medium" /><span class="who-name">${shortName(person)}</span><span class="who-role">${shortRole(person)}</span>
    </button>`)}
  </div>`;
}

const MOVES = [
  { id: "quarter", label: "+15 min", move: { advance_seconds: 900 } },
  { id: "hour", label: "+1 h", move: { advance_seconds: 3600 }, far: true },
  { id: "morning", label: "Next morning", move: { to: "next_morning" }, far: true },
];

function Clock({ viewer, say }) {
  const now = useMinute(viewer);
  const [busy, setBusy] = useState("");
  const zone = viewer.state.me?.tz ?? "UTC";
  const move = async (each) => {
    setBusy(each.id);
    const answer = await act.moveClock(each.move);
    setBusy("");
    if (!answer.ok) say(answer.error);
  };
  if (!viewer.state.me) return html`<div class="clock"></div>`;
  return html`<div class="clock" role="group" aria-label="Clock">
    <span class="topbar-label clock-word" aria-hidden="true">It is</span>
    <time class="clock-now" aria-live="polite" datetime=${new Date(now * 1000).toISOString()}>${weekday(now, zone)} ${hourMinute(now, zone)}</time>
    ${MOVES.map((each) => html`<button key=${each.id} type="button" class=${`button ${each.far ? "clock-far" : ""}`} data-move=${each.id} disabled=${Boolean(busy)} aria-busy=${busy === each.id} onClick=${() => move(each)}>${each.label}</button>`)}
  </div>`;
}

export function TopBar({ people, who, become, viewer, say }) {
  return html`<header class="topbar">
    <h1 class="brand">Deskhand<span>sandbox</span></h1>
    <${Who} people=${people} who=${who} become=${become} />
    <${Clock} viewer=${viewer} say=${say} />
  </header>`;
}
