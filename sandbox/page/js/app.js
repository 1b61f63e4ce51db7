// Puts the page together: who looks, where, and what stands beside it. The address holds who and where.
import { act } from "./actions.js";
import { people as loadPeople } from "./api.js";
import { Conversation } from "./conversation.js";
import { Forms } from "./forms.js";
import { Guide, useGuide } from "./guide.js";
import { useTour } from "./tour.js";
import { useLasting, useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { Pane, customerSide } from "./pane.js";
import { isDiscord, resolved } from "./places.js";
import { ConfirmDialog } from "./renderers/confirm.js";
import { readRoute, writeRoute } from "./route.js";
import { Places, Rail } from "./sidebar.js";
import { TopBar } from "./topbar.js";
import { Traffic } from "./traffic.js";
import { Viewer } from "./viewer.js";

const START_OVER = {
  title: "Start over?", text: "Everything that was said here is forgotten, and the clock goes back to Friday afternoon. The desk starts over with it.",
  confirm: "Start over", deny: "Keep going", style: "danger",
};

/** A short line that says what happened, read out and gone after a while. */
function useToast() {
  const [text, setText] = useState("");
  const timer = useRef(0);
  const say = useCallback((words) => {
    setText(words ?? "");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setText(""), 6000);
  }, []);
  return [say, html`<div class="toast-place" role="status">${text && html`<div class="toast">${text}</div>`}</div>`];
}

/** The viewer of the person that is chosen; another person gets another connection. */
function useMainViewer(who) {
  const [viewer, setViewer] = useState(() => new Viewer(who));
  const current = useRef(viewer);
  const become = useCallback((person) => {
    if (current.current.person === person) return current.current;
    current.current.close();
    current.current = new Viewer(person);
    current.current.connect();
    setViewer(current.current);
    return current.current;
  }, []);
  useEffect(() => {
    current.current.connect();
    const hurry = () => { if (document.visibilityState === "visible") current.current.hurry(); };
    document.addEventListener("visibilitychange", hurry);
    window.addEventListener("online", hurry);
    return () => current.current.close();
  }, []);
  return [viewer, become];
}

/** About the platform that one looks at: an app that is on one of them alone is no fault. */
function Banner({ viewer, on }) {
  const phase = useViewer(viewer, (state) => state.phase);
  const desk = useViewer(viewer, (state) => state.desk);
  const late = useLasting(phase === "lost", 600);
  // A desk that starts over with its world is back before anybody could start it.
  const deaf = useLasting(phase === "live" ? !desk[on] : undefined, 3000);
  if (late) return html`<div class="banner" role="alert" data-banner="lost"><${Icon} name="warning" /> The sandbox does not answer. Trying again …</div>`;
  if (deaf) {
    const where = desk.slack || desk.discord ? ` to ${on === "discord" ? "Discord" : "Slack"}` : "";
    return html`<div class="banner" role="status" data-banner="desk"><${Icon} name="warning" /> The desk is not connected${where}: you can write, but nobody answers.
      <span class="small">Start it with <code>deskhand sandbox</code>.</span></div>`;
  }
  return null;
}

/** The place to open for a person who comes without an address: staff see triage first, customers their channel. */
export function firstPlace(state) {
  const places = state.order.map((id) => state.places[id]).filter((place) => place.kind !== "im" && !place.archived && !place.parent);
  return (places.find((place) => place.staff) ?? places[0])?.id;
}

function useCustomerTarget(viewer, route, people, live) {
  const [target, setTarget] = useState(null);
  const { channel, thread, pane } = route;
  useEffect(() => {
    let current = true;
    if (live && channel && people.length && (pane || thread)) customerSide(viewer, { channel, thread }, people).then((found) => { if (current) setTarget(found); });
    else if (!pane && !thread) setTarget(null);
    return () => { current = false; };
  }, [viewer, live, channel, thread, Boolean(pane), people]);
  return target;
}

export function App() {
  const [route, setRoute] = useState(readRoute);
  const [people, setPeople] = useState([]);
  const [viewer, become] = useMainViewer(route.who);
  const [traffic, setTraffic] = useState(false);
  const [asking, setAsking] = useState(false);
  const [say, toast] = useToast();
  const live = useViewer(viewer, (state) => state.me !== null);
  const teams = useViewer(viewer, (state) => state.teams);
  const worldId = useViewer(viewer, (state) => state.worldId);
  const desk = useViewer(viewer, (state) => state.desk);
  const guide = useGuide(worldId);
  const lastPlaces = useRef(new Map());

  /** Go elsewhere: `change` is part of a route, or makes one of the present route (null: stay). */
  const move = useCallback((change) => setRoute((before) => {
    const wanted = typeof change === "function" ? change(before) : change;
    if (!wanted) return before;
    const next = { ...before, ...wanted };
    writeRoute(next);
    return next;
  }), []);
  useEffect(() => { loadPeople().then(setPeople); }, [worldId, viewer]);
  useEffect(() => {
    const back = () => {
      const next = readRoute();
      become(next.who);
      setRoute(next);
    };
    window.addEventListener("hashchange", back);
    window.addEventListener("popstate", back);
    return () => {
      window.removeEventListener("hashchange", back);
      window.removeEventListener("popstate", back);
    };
  }, []);

  /** Show a place, a thread of it, or one message (`at`) there. */
  const go = useCallback((target) => {
    const { channel, thread, at } = resolved(viewer.state, target);
    const root = thread === at ? "" : thread;
    move({ channel, thread: root, at, pane: root ? "thread" : "", view: root ? "pane" : "main" });
  }, [viewer]);
  const openThread = useCallback((message) => move({ channel: message.channel, thread: message.thread ?? message.ts, at: "", pane: "thread", view: "pane" }), []);
  const closePane = () => move({ thread: "", at: "", pane: "", view: "main" });

  useEffect(() => {
    if (!live) return;
    // By the route of that moment: the guide may have gone somewhere since this was drawn.
    const last = lastPlaces.current.get(viewer.person);
    const settle = () => move(({ channel, thread, at }) => {
      const { places } = viewer.state;
      if (places[channel]?.parent) return { ...resolved(viewer.state, { channel, at }), pane: "thread", view: "pane" };
      return places[channel] ? null : { channel: places[last] ? last : firstPlace(viewer.state), thread: "", at: "", pane: "" };
    });
    // An old thread is not told of until somebody asks for it.
    if (route.channel && !viewer.state.places[route.channel]) viewer.load(route.channel).then(settle);
    else settle();
  }, [live, viewer, route.channel, worldId]);
  useEffect(() => { if (route.channel) lastPlaces.current.set(route.who, route.channel); }, [route.channel]);

  const choose = (who) => {
    if (who === viewer.person) return;
    become(who);
    move({ who, channel: lastPlaces.current.get(who) ?? "", thread: "", at: "", pane: "", view: "main" });
  };
  const phase = useViewer(viewer, (state) => state.phase);
  useEffect(() => {
    const other = people.find((person) => person.role === "agent") ?? people[0];
    if (phase === "nobody" && other) choose(other.id);
  }, [phase, people]);
  const target = useCustomerTarget(viewer, route, people, live);
  const tour = useTour({ viewer, become, move, guide, say, people, desk });
  const looking = useMemo(() => ({ viewer, go, openThread, say }), [viewer]);
  const startOver = async () => {
    setAsking(false);
    const answer = await act.startOver();
    if (!answer.ok) return say(answer.error);
    lastPlaces.current.clear();
    return move({ thread: "", at: "", pane: "" });
  };

  const arrived = () => { if (route.at) move({ at: "" }); };
  const staff = live && viewer.state.me.role !== "customer";
  const places = useViewer(viewer, (state) => state.places);
  const here = live && places[route.channel];
  const team = teams.find((each) => each.id === here?.team) ?? teams[0];
  const lastIn = useRef(new Map());
  useEffect(() => { if (here) lastIn.current.set(`${viewer.person}/${here.team}`, here.id); }, [here?.id]);
  const openTeam = (chosen) => {
    if (chosen.id === team.id) return;
    const kept = lastIn.current.get(`${viewer.person}/${chosen.id}`);
    const inside = viewer.state.order.map((id) => viewer.state.places[id]).filter((place) => place.team === chosen.id && place.kind !== "im" && !place.parent && !place.archived);
    const first = inside.find((place) => !place.staff || chosen.on === "slack") ?? inside[0];
    move({ channel: viewer.state.places[kept] ? kept : first?.id, thread: "", at: "", pane: "" });
  };
  const paneOpen = here && (route.thread || (staff && route.pane === "sees"));
  return html`<${Looking.Provider} value=${looking}>
    <div class="app" data-view=${route.view === "pane" && !paneOpen ? "main" : route.view} data-phase=${live ? "live" : "connecting"}>
      <${TopBar} people=${people} who=${route.who} become=${choose} viewer=${viewer} say=${say} />
      <${Banner} viewer=${viewer} on=${isDiscord(here) ? "discord" : "slack"} />
      <${Rail} teams=${teams} team=${team} onTeam=${openTeam} traffic=${traffic} onTraffic=${() => setTraffic(!traffic)} onStartOver=${() => setAsking(true)} guideClosed=${guide.closed} onGuide=${() => { guide.open(); move({ view: "main" }); }} />
      <${Places} current=${route.channel} thread=${route.thread} team=${team} />
      ${live && route.channel ? html`<${Conversation} channel=${route.channel} thread=${route.thread} at=${route.at} onArrived=${arrived}
          onBack=${() => move({ view: "places" })} seesShown=${route.pane === "sees"}
          onSees=${staff && !(here?.kind === "im") && (() => (route.pane === "sees" ? (route.thread ? move({ pane: "thread" }) : closePane()) : move({ pane: "sees", view: "pane" })))}>
          <${Guide} guide=${guide} people=${people} desk=${desk} run=${tour.run} busy=${tour.busy} />
        <//>`
        : html`<main class="main"><div class="empty" role="status">Connecting …</div></main>`}
      ${paneOpen && html`<${Pane} channel=${route.channel} thread=${route.thread} at=${route.at} tab=${route.pane} setTab=${(pane) => move({ pane })} target=${target}
        onArrived=${arrived} onClose=${closePane} onBack=${() => move({ view: "main" })} say=${say} />`}
      ${traffic && html`<${Traffic} onClose=${() => setTraffic(false)} />`}
      ${live && html`<${Forms} />`}
      ${asking && html`<${ConfirmDialog} confirm=${START_OVER} onNo=${() => setAsking(false)} onYes=${startOver} />`}
      ${toast}
    </div>
  <//>`;
}
