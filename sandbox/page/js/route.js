// Who looks and where, in the part of the address after `#`: `#/U0BO/C0TRIAGE/1700000000.000100`. A platform's permalink
// (`/archives/C…/p…`, `/channels/…`) opens that message.
import { permalink } from "./renderers/mrkdwn.js";

const FIRST = "U0BO";

export function readRoute() {
  const [, who, channel = "", thread = ""] = decodeURIComponent(location.hash).split("/");
  const route = { who: /^(?:[UW]\w+|\d{17,20})$/.test(who ?? "") ? who : FIRST, channel, thread, at: "", pane: thread ? "thread" : "", view: thread ? "pane" : "main" };
  const target = permalink(location.pathname + location.search);
  if (!target) return route;
  const root = target.thread && target.thread !== target.ts ? target.thread : "";
  return { ...route, channel: target.channel, thread: root, at: target.ts, pane: root ? "thread" : "", view: root ? "pane" : "main" };
}

export function writeRoute({ who, channel, thread }) {
  const hash = `#/${[who, channel, thread].filter(Boolean).join("/")}`;
  if (location.pathname !== "/") history.replaceState(null, "", `/${hash}`);
  else if (location.hash !== hash) history.pushState(null, "", hash);
}
