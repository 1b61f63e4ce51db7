// Every call of the app and every delivery to it, for developers. Polled while it is open; it belongs to no person's view.
import { clearTraffic, traffic } from "./api.js";
import { Icon } from "./icons.js";
import { cx, html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";

const SHOWN = 400;
const EVERY_MS = 700;

const time = (seconds) => {
  const at = new Date(seconds * 1000);
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, "0").slice(0, 1)}`;
};
const OUT = new Set(["event", "command", "interaction", "socket"]);
const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function Row({ record }) {
  const [open, setOpen] = useState(false);
  const toApp = OUT.has(record.kind);
  return html`<li>
    <button type="button" class=${cx("traffic-row", !record.ok && "traffic-bad")} aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <span class="traffic-time">${time(record.at)}</span>
      <span aria-label=${toApp ? "to the desk" : "from the desk"} title=${toApp ? "to the desk" : "from the desk"}>${toApp ? "→" : "←"}</span>
      <span>${record.kind}</span><span class="traffic-name">${record.name}</span>
      <span class="traffic-ms">${record.ms === null || record.ms === undefined ? "" : `${Math.round(record.ms)} ms`}</span>
      <span>${record.ok ? record.detail : record.detail || "failed"}</span>
    </button>
    ${open && html`<div class="traffic-body"><div><div class="small">request</div><pre tabindex="0">${pretty(record.request) ?? "nothing"}</pre></div>
      <div><div class="small">answer</div><pre tabindex="0">${pretty(record.response) ?? "nothing"}</pre></div></div>`}
  </li>`;
}

export function Traffic({ onClose }) {
  const [records, setRecords] = useState([]);
  const [word, setWord] = useState("");
  const newest = useRef(0);
  const list = useRef(null);
  const atEnd = useRef(true);
  const box = useRef(null);
  useEffect(() => {
    let timer;
    let open = true;
    const look = async () => {
      const fresh = await traffic(newest.current);
      if (!open) return;
      if (fresh.length) {
        newest.current = fresh.at(-1).seq;
        setRecords((before) => [...before, ...fresh].slice(-SHOWN));
      }
      timer = setTimeout(look, EVERY_MS);
    };
    look();
    box.current.focus();
    return () => {
      open = false;
      clearTimeout(timer);
    };
  }, []);
  useLayoutEffect(() => {
    if (atEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [records]);
  const scrolled = ({ currentTarget: at }) => { atEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < 120; };
  const clear = async () => {
    await clearTraffic();
    setRecords([]);
  };
  const typed = word.trim().toLowerCase();
  const shown = typed ? records.filter((each) => `${each.kind} ${each.name} ${each.detail} ${each.channel}`.toLowerCase().includes(typed)) : records;
  return html`<section ref=${box} class="traffic" tabindex="-1" aria-label="Traffic" onKeyDown=${(event) => { if (event.key === "Escape") onClose(); }}>
    <header class="traffic-head"><h2>Traffic</h2><span class="small">every call and event between sandbox and desk</span>
      <input class="input" type="search" placeholder="Filter" aria-label="Filter traffic" value=${word} onInput=${(event) => setWord(event.target.value)} />
      <div class="head-end"><button type="button" class="button" onClick=${clear}>Clear</button>
      <button type="button" class="icon-button" aria-label="Close traffic" onClick=${onClose}><${Icon} name="close" /></button></div></header>
    <ul ref=${list} class="traffic-list" onScroll=${scrolled}>
      ${shown.map((record) => html`<${Row} key=${record.seq} record=${record} />`)}
      ${!shown.length && html`<li class="empty">Nothing went over the wire yet.</li>`}
    </ul>
  </section>`;
}
