// Components of Discord: one small drawing for each type. A type that is not in the table is drawn as a visible box.
import { fileAddress } from "../api.js";
import { Emoji, nameOf } from "../emoji.js";
import { Icon } from "../icons.js";
import { cx, html, useContext, useId, useState } from "../lib.js";
import { Looking } from "../looking.js";
import { FIELDS } from "./discord-fields.js";
import { useDiscord } from "./discord-surface.js";
import { DiscordText } from "./discord-text.js";
import { Link } from "./mrkdwn.js";
import { openAddress } from "./parts.js";

export const Unsupported = ({ what }) => html`<div class="unsupported">unsupported component: ${String(what)}</div>`;

/** An emoji as reactions and buttons have it: the character itself, or the name of one of a server's own. */
export function Character({ text }) {
  const name = nameOf(text);
  return name ? html`<${Emoji} name=${name} />` : html`<span class="emoji-name">${text}</span>`;
}

const STYLES = { 1: "button-blurple", 2: "button-grey", 3: "button-green", 4: "button-red", 5: "button-grey", 6: "button-blurple" };
const LINK = 5;

function Button({ one }) {
  const surface = useDiscord();
  const { viewer, go } = useContext(Looking);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    if (one.style === LINK) return openAddress(one.url, viewer, go);
    setBusy(true);
    await surface.press(one.custom_id);
    return setBusy(false);
  };
  return html`<button type="button" class=${cx("button button-discord", STYLES[one.style])} disabled=${busy || one.disabled} aria-busy=${busy} data-custom=${one.custom_id} onClick=${run}>
    ${one.emoji?.name && html`<${Character} text=${one.emoji.name} />`}${one.label ?? (one.style === 6 ? "Premium" : "")}${one.style === LINK && html`<${Icon} name="link" />`}</button>`;
}

/** A file of the message by `attachment://name`, or any address. */
function useMedia(media) {
  const { viewer } = useContext(Looking);
  const { files } = useDiscord();
  const name = /^attachment:\/\/(.*)$/.exec(media?.url ?? "")?.[1];
  const file = name && files.find((each) => each.name === name);
  return { file, address: file ? fileAddress(viewer.person, file.id) : media?.url ?? "" };
}

function Picture({ media, description, name }) {
  const { address } = useMedia(media);
  return html`<img class=${name} src=${address} alt=${description ?? ""} loading="lazy" />`;
}

const Gallery = ({ one }) => html`<div class="gallery">${(one.items ?? []).map((item, at) => html`<${Picture} key=${at} name="gallery-picture" media=${item.media} description=${item.description} />`)}</div>`;

function File({ one }) {
  const { file, address } = useMedia(one.file);
  return html`<a class="file-chip" href=${address} download=${file?.name}><span class="file-sign"><${Icon} name="file" /></span><span class="file-name">${file?.title ?? "File"}</span></a>`;
}

const Section = ({ one }) => html`<div class="section has-accessory">
  <div class="section-main"><${Components} list=${one.components} /></div>
  <div class="accessory"><${Component} one=${one.accessory} /></div></div>`;

const colourOf = (number) => (Number.isInteger(number) ? `#${number.toString(16).padStart(6, "0")}` : undefined);

const Container = ({ one }) => html`<div class="frame" style=${{ borderInlineStartColor: colourOf(one.accent_color) }}><${Components} list=${one.components} /></div>`;

const Separator = ({ one }) => (one.divider === false ? html`<div class=${one.spacing === 2 ? "gap gap-wide" : "gap"}></div>` : html`<hr class=${cx("divider", one.spacing === 2 && "divider-wide")} />`);

/** A modal's field: its label, what it is about, and the place where its error stands. */
function Label({ one }) {
  const surface = useDiscord();
  const base = useId();
  const inner = one.component ?? {};
  const error = surface.errors?.[inner.custom_id];
  const optional = inner.required === false;
  const describedBy = cx(error && `${base}-error`, one.description && `${base}-hint`) || undefined;
  const Draw = FIELDS[inner.type];
  return html`<div class=${cx("field-block", error && "field-wrong")} data-field=${inner.custom_id}>
    <label class="field-label" for=${base}>${one.label}${optional && html`<span class="field-optional"> (optional)</span>`}</label>
    ${one.description && html`<p class="field-hint" id=${`${base}-hint`}>${one.description}</p>`}
    ${Draw ? html`<${Draw} one=${inner} field=${{ id: base, label: one.label, describedBy, invalid: error ? "true" : undefined, optional }} />` : html`<${Unsupported} what=${inner.type} />`}
    ${error && html`<p class="field-error" id=${`${base}-error`} role="alert">${error}</p>`}
  </div>`;
}

/** Buttons beside each other; in older modals a text field with its own label. */
function Row({ one }) {
  const [first] = one.components ?? [];
  if (first?.type === 4) return html`<${Label} one=${{ label: first.label, component: first }} />`;
  return html`<div class="actions">${(one.components ?? []).map((each, at) => html`<${Component} key=${each.custom_id ?? at} one=${each} />`)}</div>`;
}

const COMPONENTS = {
  ...FIELDS,
  1: Row,
  2: Button,
  9: Section,
  10: ({ one }) => html`<div class="text-display"><${DiscordText} text=${one.content} /></div>`,
  11: ({ one }) => html`<${Picture} name="accessory-picture" media=${one.media} description=${one.description} />`,
  12: Gallery,
  13: File,
  14: Separator,
  17: Container,
  18: Label,
};

function Component({ one }) {
  const Draw = Object.hasOwn(COMPONENTS, one?.type ?? "") ? COMPONENTS[one.type] : null;
  const [shown, setShown] = useState(!one?.spoiler);
  if (!Draw) return html`<${Unsupported} what=${one?.type} />`;
  if (!shown) return html`<button type="button" class="button button-discord button-grey" onClick=${() => setShown(true)}>Show the spoiler</button>`;
  return html`<${Draw} one=${one} />`;
}

export const Components = ({ list }) => html`<div class="components">${(list ?? []).map((one, at) => html`<${Component} key=${one?.id ?? at} one=${one} />`)}</div>`;

/** Embeds, and the previews that Discord finds behind links. */
export const Embeds = ({ list }) => list.map((embed, at) => html`<div key=${at} class="frame embed" style=${{ borderInlineStartColor: colourOf(embed.color) }}>
  ${embed.author?.name && html`<div class="small">${embed.author.name}</div>`}
  ${embed.title && html`<div class="card-title">${embed.url ? html`<${Link} url=${embed.url}>${embed.title}<//>` : embed.title}</div>`}
  ${embed.description && html`<div><${DiscordText} text=${embed.description} /></div>`}
  ${embed.fields?.length > 0 && html`<div class="fields">${embed.fields.map((field, place) => html`<div key=${place} class="field"><strong>${field.name}</strong><br /><${DiscordText} text=${field.value} /></div>`)}</div>`}
  ${embed.image?.url && html`<${Picture} name="gallery-picture" media=${embed.image} />`}
  ${embed.thumbnail?.url && html`<${Picture} name="accessory-picture" media=${embed.thumbnail} />`}
  ${embed.footer?.text && html`<div class="small">${embed.footer.text}</div>`}
</div>`);
