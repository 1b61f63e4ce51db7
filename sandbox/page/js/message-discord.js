// What a message of Discord's has that one of Slack's has not: components, what it answers, what was asked for.
import { act } from "./actions.js";
import { Files } from "./files.js";
import { html, useContext, useMemo } from "./lib.js";
import { Looking } from "./looking.js";
import { personOf } from "./people.js";
import { Components, Embeds } from "./renderers/discord.js";
import { DiscordSurface } from "./renderers/discord-surface.js";
import { DiscordText } from "./renderers/discord-text.js";

function useSurface(viewer, message) {
  return useMemo(() => ({
    kind: "message", values: {}, errors: {}, files: message.files ?? [],
    press: (customId, values) => act.use(viewer, message, customId, values),
  }), [viewer, message]);
}

export function DiscordBody({ message }) {
  const { viewer } = useContext(Looking);
  const surface = useSurface(viewer, message);
  const person = personOf(viewer.state, message.user);
  if (message.loading) return html`<div class="small thinking" role="status">${person?.name ?? "The app"} is thinking …</div>`;
  // A file that a component shows is not shown a second time below.
  const shown = JSON.stringify(message.blocks ?? []);
  const files = (message.files ?? []).filter((file) => !shown.includes(`attachment://${file.name}`));
  return html`<${DiscordSurface.Provider} value=${surface}>
    ${message.text && html`<div class="text"><${DiscordText} text=${message.text} jumbo=${true} />${message.edited && !person?.bot && html`<span class="edited"> (edited)</span>`}</div>`}
    ${message.blocks && html`<${Components} list=${message.blocks} />`}
    ${message.attachments && html`<${Embeds} list=${message.attachments} />`}
    ${files.length > 0 && html`<${Files} files=${files} />`}
    ${message.only && html`<div class="only-foot small">Only you can see this · <button type="button" class="link-button" onClick=${() => act.dismiss(viewer, message)}>Dismiss message</button></div>`}
  <//>`;
}

const nameOf = (state, id) => personOf(state, id)?.name ?? "Someone";

/** Above a message: whose command it answers, or what was said that it replies to. */
export function Before({ message }) {
  const { viewer, go } = useContext(Looking);
  const { state } = viewer;
  if (message.asked) return html`<div class="before small"><strong>${nameOf(state, message.asked.user)}</strong> used <span class="mention">/${message.asked.name}</span></div>`;
  if (!message.answers) return null;
  if (!message.answers.ts) return html`<div class="before small">The original message was deleted</div>`;
  return html`<button type="button" class="before small" onClick=${() => go({ channel: message.channel, at: message.answers.ts })}>
    <strong>${nameOf(state, message.answers.user)}</strong> <span class="before-text">${message.answers.text ? html`<${DiscordText} text=${message.answers.text.split("\n")[0]} />` : "Show the message"}</span></button>`;
}

/** The line that says that somebody began a thread. */
export function Began({ message }) {
  const { viewer, go } = useContext(Looking);
  return html`<div class="small">${nameOf(viewer.state, message.user)} started a thread:
    <button type="button" class="link-button" onClick=${() => go({ channel: message.began })}>${message.text || "Thread"}</button></div>`;
}
