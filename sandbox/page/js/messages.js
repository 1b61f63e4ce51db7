// A list of messages that stays at the end while one reads the end, and keeps its place while one reads above.
import { dayKey, longDay } from "./time.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { html, useCallback, useContext, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { Message } from "./message.js";
import { EMPTY, keyOf } from "./windows.js";

const NEAR = 240;
const TOGETHER = 300;

/** Whether a message goes under the one before it without a head of its own. */
function follows(message, before) {
  return Boolean(before) && before.user === message.user && before.username === message.username && !before.only && !message.only
    && !before.deleted && !message.deleted && !before.subtype && !message.subtype && !before.replies && !message.broadcast && !before.blocks && !message.blocks
    && !before.began && !message.began && !before.starter && !message.answers && !message.asked && !message.loading
    && message.at - before.at < TOGETHER;
}

/** The head of a thread whose message was deleted: nothing is left to be seen of it. */
const isEmpty = (message) => !message.text && !message.blocks && !message.files && !message.attachments && !message.loading && !message.began;

/** `about`: the place, where that is a thread of Discord's. */
function rows(run, { zone, thread, about, newAfter, me }) {
  const drawn = [];
  let marked = false;
  run.messages.forEach((message, at) => {
    const before = run.messages[at - 1];
    const newDay = !thread && !about && (!before ? !run.older : dayKey(before.at, zone) !== dayKey(message.at, zone));
    const isNew = !marked && newAfter && message.ts > newAfter && message.user !== me && (before || !run.older);
    if (newDay) drawn.push(html`<li key=${`day-${message.ts}`} class="day" role="separator"><span>${longDay(message.at, zone)}</span></li>`);
    if (isNew) {
      marked = true;
      drawn.push(html`<li key="new" class="day day-new" role="separator"><span>New</span></li>`);
    }
    // At the head of a Discord thread stands the message that it was begun from, or a forum's post.
    const root = message.ts === (thread || about?.id) || Boolean(message.starter);
    const together = !newDay && !isNew && follows(message, before) && !((thread || about) && before?.ts === (thread || about.id));
    if (message.on === "discord" && !message.starter && isEmpty(message)) return;
    drawn.push(html`<${Message} key=${message.ts} message=${message.starter ?? message} together=${together} thread=${thread || about?.id} />`);
    if (root) {
      // What only I see is no reply.
      const count = about ? about.count : message.replies?.count ?? 0;
      const words = count ? `${count} ${count === 1 ? "reply" : "replies"}` : "No replies yet";
      drawn.push(html`<li key="replies" class="day day-replies" role="separator"><span>${words}</span></li>`);
    }
  });
  return drawn;
}

/** Scroll position over changes: the end sticks; else the topmost visible message keeps its place. */
function useScroll(list, run, at) {
  const sticky = useRef(!at);
  const anchor = useRef(null);
  const last = useRef(0);
  const remember = () => {
    const box = list.current;
    // Only a person's scrolling up unsticks: a picture that loads makes the end go away, too.
    if (run.newer || box.scrollTop < last.current - 1) sticky.current = false;
    if (!run.newer && box.scrollHeight - box.scrollTop - box.clientHeight < 48) sticky.current = true;
    last.current = box.scrollTop;
    const top = box.getBoundingClientRect().top;
    const first = [...box.querySelectorAll("[data-ts]")].find((each) => each.getBoundingClientRect().bottom > top + 4);
    anchor.current = first ? { ts: first.dataset.ts, top: first.getBoundingClientRect().top - top } : null;
  };
  useLayoutEffect(() => {
    const box = list.current;
    if (sticky.current && !run.newer) box.scrollTop = box.scrollHeight;
    else if (anchor.current) {
      const element = box.querySelector(`[data-ts="${anchor.current.ts}"]`);
      if (element) box.scrollTop += element.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.current.top;
    }
  }, [run.messages]);
  useEffect(() => {
    const box = list.current;
    const grown = new ResizeObserver(() => { if (sticky.current) box.scrollTop = box.scrollHeight; });
    grown.observe(box);
    grown.observe(box.firstElementChild);
    return () => grown.disconnect();
  }, []);
  return { sticky, anchor, remember };
}

/**
 * The messages of a channel, or of a thread. `at`: a message to show and light up. `empty`: what stands there when
 * there is nothing. `peeking`: looking marks nothing as read. Give it a `key` of channel and thread: each place starts
 * anew.
 */
export function Messages({ channel, thread, at, label, empty, onArrived, peeking }) {
  const { viewer } = useContext(Looking);
  const key = keyOf(channel, thread);
  const run = useViewer(viewer, (state) => state.windows[key] ?? EMPTY);
  const zone = useViewer(viewer, (state) => state.me.tz);
  const about = useViewer(viewer, (state) => (state.places[channel]?.parent ? state.places[channel] : undefined));
  const [newAfter] = useState(() => (viewer.state.places[channel]?.unread ? viewer.state.places[channel].readTo : ""));
  const [away, setAway] = useState(false);
  const list = useRef(null);
  const busy = useRef(false);
  const { sticky, anchor, remember } = useScroll(list, run, at);

  useLayoutEffect(() => viewer.watch(channel, thread), [viewer, channel, thread]);

  const fill = useCallback(async () => {
    const box = list.current;
    const { messages, older, newer, ready } = viewer.state.windows[key] ?? EMPTY;
    if (!box || !ready || busy.current) return;
    const side = older && box.scrollTop < NEAR ? { before: messages[0]?.ts }
      : newer && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR ? { after: messages.at(-1)?.ts } : null;
    if (!side) return;
    busy.current = true;
    remember();
    await viewer.load(channel, thread, side);
    busy.current = false;
  }, [viewer, key]);

  const read = useCallback(() => {
    const { messages, newer, ready } = viewer.state.windows[key] ?? EMPTY;
    const last = messages.findLast((each) => !each.only);
    if (!thread && !peeking && ready && !newer && sticky.current && last && document.visibilityState === "visible") viewer.seen(channel, last.ts);
  }, [viewer, key]);

  const scrolled = () => {
    remember();
    setAway(!sticky.current);
    fill();
    read();
  };

  useEffect(() => {
    read();
    fill();
  }, [run]);
  useEffect(() => {
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [read]);

  useEffect(() => {
    if (!at || !run.ready) return;
    const show = () => {
      const element = list.current?.querySelector(`[data-ts="${at}"]`);
      if (!element) return false;
      sticky.current = false;
      element.scrollIntoView({ block: "center" });
      element.classList.remove("lit");
      void element.offsetWidth;
      element.classList.add("lit");
      element.focus({ preventScroll: true });
      remember();
      onArrived?.();
      return true;
    };
    if (!show()) viewer.load(channel, thread, { around: at }).then(() => requestAnimationFrame(show));
  }, [at, run.ready]);

  const toEnd = async () => {
    if (run.newer) await viewer.load(channel, thread);
    sticky.current = true;
    anchor.current = null;
    list.current.scrollTop = list.current.scrollHeight;
    setAway(false);
  };

  const keys = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const inList = event.target === list.current;
    if (!step || !(inList || event.target.matches("[data-ts]"))) return;
    event.preventDefault();
    const all = [...list.current.querySelectorAll("[data-ts]")];
    const to = inList ? all.length - 1 : all.indexOf(event.target) + step;
    all[Math.max(0, Math.min(all.length - 1, to))]?.focus();
  };

  return html`<div class="messages" ref=${list} tabindex="0" role="log" aria-live="polite" aria-relevant="additions" aria-label=${label}
    onScroll=${scrolled} onKeyDown=${keys} data-key=${key} data-ready=${run.ready}>
    <ul class="message-list">
      ${run.ready && run.older && html`<li class="loading" role="status">Earlier messages …</li>`}
      ${run.ready && !run.messages.length && html`<li class="empty">${empty}</li>`}
      ${rows(run, { zone, thread, about, newAfter, me: viewer.state.me.id })}
    </ul>
    ${(away || run.newer) && run.ready && html`<button type="button" class="to-end button" onClick=${toEnd}><${Icon} name="arrowDown" /> Latest</button>`}
  </div>`;
}
