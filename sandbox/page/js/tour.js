// How the guide's steps run: as the right person, in the right place, with the result in view.
import { act } from "./actions.js";
import { ask, cast, claimable, until } from "./guide.js";
import { useState } from "./lib.js";
import { initialValues } from "./renderers/surface.js";

const ANSWER_MS = 6000;

const staffPlaces = (state) => state.order.filter((id) => state.places[id].on === "slack" && state.places[id].staff && !state.places[id].archived);

/** The newest card that can be claimed, waited for a while: right after a question it takes the desk a moment. */
async function findCard(viewer, name, ms) {
  const stop = staffPlaces(viewer.state).map((id) => viewer.watch(id));
  await Promise.all(staffPlaces(viewer.state).map((id) => viewer.load(id)));
  const found = await until(viewer, (state) => {
    for (const id of staffPlaces(state)) {
      const card = claimable(state.windows[id], name);
      if (card) return { channel: id, ...card };
    }
    return null;
  }, ms);
  stop.forEach((each) => each());
  return found;
}

export function useTour({ viewer, become, move, guide, say, people, desk }) {
  const [busy, setBusy] = useState("");
  /** Become a person and wait until their view is there. */
  const as = async (who) => {
    const next = become(who);
    // Leave the place of the one before: merely looking at it would mark it as read.
    if (next !== viewer) move({ who, channel: "", thread: "", at: "", pane: "" });
    await until(next, (state) => state.phase === "live", 5000);
    return next;
  };

  const { customer, agent, other } = cast(people, desk) ?? {};
  const steps = {
    async ask() {
      const answer = await ask({ become: as, guide, customer, other });
      if (!answer.ok) return say(answer.error);
      return move({ who: customer.id, channel: answer.channel, thread: answer.thread, at: "", pane: "thread", view: "pane" });
    },
    async claim() {
      if (!guide.done.includes("ask")) {
        const answer = await ask({ become: as, guide, customer, other });
        if (!answer.ok) return say(answer.error);
      }
      const looker = await as(agent.id);
      // The customer on Discord, seen from Slack; else whoever asked last.
      const card = (other && await findCard(looker, other.name, ANSWER_MS)) ?? await findCard(looker, "", ANSWER_MS);
      if (!card) return say(looker.state.desk.slack ? "There is no card to claim. Ask for help first." : "No card came: the desk is not connected.");
      move({ who: agent.id, channel: card.channel, thread: card.message.ts, at: "", pane: "sees", view: "pane" });
      const action = { type: "button", action_id: card.element.action_id, block_id: card.block.block_id, value: card.element.value, text: card.element.text };
      await act.press(looker, { message: card.message }, action, initialValues(card.message.blocks));
      return guide.tick("claim");
    },
    async wait() {
      const staff = people.find((person) => person.id === viewer.person && person.role !== "customer");
      const looker = staff ? viewer : await as(agent.id);
      const [triage] = staffPlaces(looker.state);
      if (triage) move({ who: looker.person, channel: triage, thread: "", at: "", pane: "", view: "main" });
      const answer = await act.moveClock({ advance_seconds: 3600 });
      if (!answer.ok) return say(answer.error);
      return guide.tick("wait");
    },
  };

  const run = async (id) => {
    setBusy(id);
    try {
      await steps[id]();
    } finally {
      setBusy("");
    }
  };
  return { run, busy };
}
