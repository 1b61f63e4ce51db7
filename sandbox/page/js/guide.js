// Three things to try, for somebody who sees this for the first time. Each works in one click and ticks off.
import { act } from "./actions.js";
import { useMedia } from "./hooks.js";
import { Icon } from "./icons.js";
import { cx, html, useState } from "./lib.js";
import { isOfDiscord } from "./people.js";
import { Viewer } from "./viewer.js";

const STORED = "sandbox-guide";

const first = (person) => person.name.split(" ")[0];

/** Who plays in it: the first customer and the first agent of this world, null where one is missing; and a customer on
 * Discord, if the desk is there. */
export function cast(people, desk) {
  const customer = people.find((person) => person.role === "customer");
  const agent = people.find((person) => person.role === "agent");
  const other = desk.discord ? people.find((person) => person.role === "customer" && isOfDiscord(person)) : undefined;
  return customer && agent ? { customer, agent, other: other === customer ? undefined : other } : null;
}

const stepsFor = ({ customer, agent, other }) => [
  { id: "ask", title: "Ask for help", about: other ? `as ${first(customer)} on Slack and ${first(other)} on Discord` : `as ${first(customer)}, a customer of ${customer.organisation}` },
  { id: "claim", title: "Claim it", about: `as ${first(agent)}, and see what ${first(other ?? customer)} sees` },
  { id: "wait", title: "Let time pass", about: "+1 h: a reminder comes" },
];

const QUESTIONS = [
  "Hello, our export has been failing since this morning with `error 502`. We need the numbers for our board at four; could someone look soon?",
  "One more thing: the invoice for October shows 14 seats, but we have 12. Can you correct it?",
  "Two of us cannot sign in since lunch, the page only says `session expired`. What can we do?",
];

/** What was tried in this world so far: `{worldId, done: [ids], closed}`. Another world starts anew. */
export function useGuide(worldId) {
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(STORED) ?? "{}");
      return kept.worldId === worldId ? kept : { worldId, done: [], closed: false };
    } catch {
      return { worldId, done: [], closed: false };
    }
  };
  const [kept, setKept] = useState(read);
  const state = kept.worldId === worldId ? kept : read();
  const write = (change) => {
    const next = { ...read(), ...change };
    localStorage.setItem(STORED, JSON.stringify(next));
    setKept(next);
  };
  return {
    ...state,
    tick: (id) => write({ done: [...new Set([...read().done, id])] }),
    close: () => write({ closed: true }),
    open: () => write({ closed: false }),
  };
}

const button = (blocks, word) => {
  for (const block of blocks ?? []) {
    for (const element of [...(block.elements ?? []), ...(block.accessory ? [block.accessory] : [])]) {
      if (element.type === "button" && (element.text?.text ?? "").trim().toLowerCase() === word) return { element, block };
    }
  }
  return null;
};

/** The newest message of a run that can be claimed, with its button; of a customer's of that name, if there is one. */
export function claimable(run, name) {
  const cards = [...(run?.messages ?? [])].reverse().map((message) => ({ message, ...(message.only ? null : button(message.blocks, "claim")) })).filter((card) => card.element);
  return cards.find(({ message }) => name && JSON.stringify(message.blocks).includes(name)) ?? (name ? null : cards[0] ?? null);
}

/** The first step: the customer writes; the answer is found in the thread that opens. */
export async function ask({ become, guide, customer, other }) {
  const viewer = await become(customer.id);
  const place = Object.values(viewer.state.places).find((each) => each.kind !== "im" && !each.parent);
  if (!place) return { ok: false, error: `${first(customer)} has no channel in this world.` };
  const run = await viewer.load(place.id, undefined);
  const before = run?.messages.filter((each) => each.user === viewer.person && !each.thread).length ?? 0;
  const sent = await act.post(viewer, place.id, undefined, QUESTIONS[before % QUESTIONS.length]);
  if (!sent.ok) return sent;
  if (other) await askOnDiscord(other, before);
  guide.tick("ask");
  return { ok: true, channel: place.id, thread: sent.ts };
}

const ON_DISCORD = [
  "Hi, the **mobile app** crashes when I open a board with more than 100 cards. Is that known?",
  "Is there a way to export a board as *CSV*? I only find PDF.",
  "My invitation link says `expired`, although I got it today. Can you send another?",
];

/** The customer on Discord asks, too: both land in one queue. */
async function askOnDiscord(other, turn) {
  const viewer = new Viewer(other.id);
  viewer.connect();
  await until(viewer, (state) => state.phase === "live", 5000);
  const place = Object.values(viewer.state.places).find((each) => each.on === "discord" && each.kind === "public");
  if (place) await act.post(viewer, place.id, undefined, ON_DISCORD[turn % ON_DISCORD.length]);
  viewer.close();
}

/** Wait for something in the viewer's state, `null` after `ms`. */
export function until(viewer, look, ms) {
  return new Promise((resolve) => {
    const finish = (value) => {
      clearTimeout(timer);
      stop();
      resolve(value);
    };
    const check = () => {
      const found = look(viewer.state);
      if (found) finish(found);
    };
    const timer = setTimeout(() => finish(null), ms);
    const stop = viewer.subscribe(check);
    check();
  });
}

export function Guide({ guide, people, desk, run, busy }) {
  const narrow = useMedia("(max-width: 680px)");
  const players = cast(people, desk);
  if (guide.closed || !players) return null;
  const steps = stepsFor(players);
  const next = steps.find((step) => !guide.done.includes(step.id));
  const all = !next;
  if (narrow) {
    const at = next ? steps.indexOf(next) + 1 : steps.length;
    return html`<section class="guide guide-line" aria-label="Try this first">
      ${all ? html`<span class="guide-line-text"><${Icon} name="check" /> All three tried</span>`
        : html`<button type="button" class="guide-line-text" disabled=${Boolean(busy)} data-step=${next.id} onClick=${() => run(next.id)}>
            <span class="small">${at}/3</span> <strong>${next.title}</strong> <span class="small">${next.about}</span></button>`}
      <button type="button" class="icon-button" aria-label="Close the guide" onClick=${guide.close}><${Icon} name="close" /></button>
    </section>`;
  }
  return html`<section class="guide" aria-label="Try this first">
    <div class="guide-head"><h2>${all ? "That was the tour. Everything here works: try what you like." : "Try this first"}</h2>
      <button type="button" class="icon-button" aria-label="Close the guide" title="Close" onClick=${guide.close}><${Icon} name="close" /></button></div>
    <ol class="guide-steps">
      ${steps.map((step) => {
        const done = guide.done.includes(step.id);
        return html`<li key=${step.id}><button type="button" class=${cx("guide-step", done && "guide-done", step === next && "guide-next")} data-step=${step.id} data-done=${done}
          disabled=${Boolean(busy)} aria-busy=${busy === step.id} onClick=${() => run(step.id)}>
          <span class="guide-title">${done && html`<${Icon} name="check" />`}${step.title}${done && html`<span class="visually-hidden"> (done)</span>`}</span><span class="guide-about">${step.about}</span></button></li>`;
      })}
    </ol>
  </section>`;
}
