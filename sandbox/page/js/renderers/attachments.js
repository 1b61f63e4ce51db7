// Slack's secondary attachments and link previews: a coloured line beside text, fields or blocks.
import { html } from "../lib.js";
import { Link, Mrkdwn, plain } from "./mrkdwn.js";
import { Picture } from "./parts.js";
import { Blocks } from "./slack.js";

const NAMED = { good: "#2f8a4c", warning: "#d19a1d", danger: "#b3142b" };
const colourOf = (value) => NAMED[value] ?? (/^#?[0-9a-f]{6}$/i.test(value ?? "") ? `#${value.replace("#", "")}` : undefined);

const One = ({ attachment }) => html`<div class="attachment" style=${{ borderColor: colourOf(attachment.color) }}>
  ${attachment.pretext && html`<div><${Mrkdwn} text=${attachment.pretext} /></div>`}
  ${attachment.author_name && html`<div class="small">${attachment.author_name}</div>`}
  ${attachment.title && html`<div class="card-title">${attachment.title_link ? html`<${Link} url=${attachment.title_link}>${plain(attachment.title)}<//>` : plain(attachment.title)}</div>`}
  ${attachment.text && html`<div><${Mrkdwn} text=${attachment.text} /></div>`}
  ${attachment.fields && html`<div class="fields">${attachment.fields.map((field, at) => html`<div key=${at} class="field"><strong>${field.title}</strong><br /><${Mrkdwn} text=${String(field.value ?? "")} /></div>`)}</div>`}
  ${attachment.blocks && html`<${Blocks} blocks=${attachment.blocks} />`}
  ${attachment.image_url && html`<${Picture} image=${attachment} alt=${attachment.fallback} />`}
  ${attachment.footer && html`<div class="small">${attachment.footer}</div>`}
</div>`;

export const Attachments = ({ list }) => list.map((attachment, at) => html`<${One} key=${at} attachment=${attachment} />`);
