// One person's view, kept live over one websocket: a snapshot, then patches. Nothing that they may not see ever arrives here.
import { EMPTY, PAGE, drop, join, keyOf, put } from "./windows.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;
/** How the server closes the socket of somebody who is not in this world. */
const NOBODY = 4404;

const BLANK = {
  phase: "connecting", me: null, teams: [], people: {}, places: {}, order: [], windows: {}, forms: [], home: null,
  groups: {}, desk: { slack: true, discord: true }, commands: { slack: [], discord: [] }, shortcuts: [], failures: {}, worldId: "", moved: "",
};

/** Run soon: with the next frame where the page is seen, else shortly. */
function soon(run) {
  if (document.visibilityState === "visible") requestAnimationFrame(run);
  else setTimeout(run, 50);
}

export class Viewer {
  /** `person`: whose eyes. Call `connect`, and `close` at the end. */
  constructor(person) {
    this.person = person;
    this.state = { ...BLANK };
    this.offset = 0;
    this.told = new Set();
    this.watched = new Map();
    this.asks = new Map();
    this.lastAsk = 0;
    this.tries = 0;
    this.scheduled = false;
    this.closed = false;
  }

  subscribe(tell) {
    this.told.add(tell);
    return () => this.told.delete(tell);
  }

  /** Epoch seconds on the sandbox's clock. */
  now() {
    return Date.now() / 1000 + this.offset;
  }

  connect() {
    const address = new URL(`/control/viewer?as=${encodeURIComponent(this.person)}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    this.socket.onclose = (event) => (event.code === NOBODY ? this.update({ phase: "nobody" }) : this.lost());
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  lost() {
    if (this.closed) return;
    this.failAsks();
    this.update({ phase: this.state.me ? "lost" : "connecting" });
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries) * (0.75 + Math.random() / 2);
    this.tries += 1;
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** Try now instead of at the end of the wait. */
  hurry() {
    if (this.closed || this.socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.timer);
    this.connect();
  }

  failAsks() {
    for (const { done } of this.asks.values()) done(null);
    this.asks.clear();
  }

  send(value) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(value));
  }

  receive(frame) {
    if (frame.snapshot) this.begin(frame.snapshot);
    if (frame.page) this.take(frame);
    if (frame.patches) {
      let state = this.state;
      for (const patch of frame.patches) state = this.apply(state, patch);
      this.update(state);
    }
  }

  begin(snapshot) {
    this.tries = 0;
    this.offset = snapshot.clock.now - Date.now() / 1000;
    const { clock, places, ...rest } = snapshot;
    const same = snapshot.worldId === this.state.worldId;
    this.state = {
      ...BLANK, ...rest, phase: "live", moved: `${snapshot.worldId}/${clock.version}`, windows: same ? this.state.windows : {},
      places: Object.fromEntries(places.map((place) => [place.id, place])), order: places.map((place) => place.id),
    };
    this.failAsks();
    for (const key of this.watched.keys()) this.load(...key.split("/"));
    this.announce();
  }

  take(frame) {
    const ask = this.asks.get(frame.ask);
    if (!ask) return;
    this.asks.delete(frame.ask);
    if (this.watched.has(ask.key)) {
      const run = this.state.windows[ask.key] ?? EMPTY;
      this.update({ windows: { ...this.state.windows, [ask.key]: join(run, frame.page) } });
    }
    ask.done(frame.page);
  }

  update(change) {
    this.state = { ...this.state, ...change };
    this.announce();
  }

  announce() {
    if (this.scheduled) return;
    this.scheduled = true;
    soon(() => {
      this.scheduled = false;
      for (const tell of [...this.told]) tell();
    });
  }

  apply(state, patch) {
    switch (patch.is) {
      case "message": return inWindows(state, patch.message, (run) => put(run, patch.message));
      case "gone": return inWindows(state, patch, (run) => drop(run, patch.ts));
      case "place": {
        const known = state.order.includes(patch.place.id);
        return { ...state, places: { ...state.places, [patch.place.id]: patch.place }, order: known ? state.order : [...state.order, patch.place.id] };
      }
      case "place_gone": {
        const { [patch.channel]: _gone, ...places } = state.places;
        return { ...state, places, order: state.order.filter((id) => id !== patch.channel) };
      }
      case "unread": {
        const place = state.places[patch.channel];
        if (!place) return state;
        return { ...state, places: { ...state.places, [patch.channel]: { ...place, unread: patch.unread, readTo: patch.readTo } } };
      }
      case "people": return { ...state, people: { ...state.people, ...patch.people } };
      case "groups": return { ...state, groups: { ...state.groups, ...patch.groups } };
      case "forms": return { ...state, forms: patch.forms };
      case "home": return { ...state, home: patch.home };
      case "desk": return { ...state, desk: { ...state.desk, ...patch.desk } };
      case "offers": return { ...state, commands: patch.commands, shortcuts: patch.shortcuts };
      case "failed": return { ...state, failures: { ...state.failures, [`${patch.message}/${patch.action}`]: patch.reason } };
      case "clock": {
        this.offset = patch.clock.now - Date.now() / 1000;
        return { ...state, moved: `${state.worldId}/${patch.clock.version}` };
      }
      default: return state;
    }
  }

  /** Keep a channel or thread loaded and live until the result is called. */
  watch(channel, thread) {
    const key = keyOf(channel, thread);
    this.watched.set(key, (this.watched.get(key) ?? 0) + 1);
    if (this.watched.get(key) === 1 && this.state.phase === "live") this.load(channel, thread);
    return () => {
      const rest = this.watched.get(key) - 1;
      if (rest > 0) return this.watched.set(key, rest);
      this.watched.delete(key);
      const { [key]: _gone, ...windows } = this.state.windows;
      this.state = { ...this.state, windows };
      return undefined;
    };
  }

  /** Ask for messages: the newest, or `{before}`, `{after}`, `{around}` a ts. Resolves with the page, null if it was lost. */
  load(channel, thread, where = {}) {
    const key = keyOf(channel, thread);
    for (const ask of this.asks.values()) if (ask.key === key && ask.about === JSON.stringify(where)) return ask.promise;
    this.lastAsk += 1;
    const id = this.lastAsk;
    let done;
    const promise = new Promise((resolve) => { done = resolve; });
    this.asks.set(id, { key, done, promise, about: JSON.stringify(where) });
    this.send({ ask: id, channel, thread, limit: PAGE, ...where });
    return promise;
  }

  /** The person has seen the channel up to `ts`. */
  seen(channel, ts) {
    const place = this.state.places[channel];
    if (place && place.readTo < ts) this.send({ read: channel, to: ts });
  }

  forget(failure) {
    const { [failure]: _gone, ...failures } = this.state.failures;
    this.update({ failures });
  }
}

function inWindows(state, { channel, ts, thread, broadcast }, change) {
  const keys = thread ? [keyOf(channel, thread), ...(broadcast ? [channel] : [])] : [channel, keyOf(channel, ts)];
  let { windows } = state;
  for (const key of keys) {
    const run = windows[key];
    if (!run?.ready) continue;
    const next = change(run);
    if (next !== run) windows = { ...windows, [key]: next };
  }
  return windows === state.windows ? state : { ...state, windows };
}
