// The less common blocks of Block Kit: tables, cards, containers, plans, alerts, files and videos.
import { Icon } from "../icons.js";
import { cx, html, useState } from "../lib.js";
import { Link, TextObject, plain } from "./mrkdwn.js";
import { Picture } from "./parts.js";
import { RichText } from "./rich-text.js";
import { Blocks } from "./slack.js";
import { Element } from "./slack-elements.js";

function cell(value) {
  switch (value?.type) {
    case "rich_text": return html`<${RichText} block=${value} />`;
    case "raw_text": return html`<span dir="auto">${value.text}</span>`;
    case "raw_number": return value.text ?? String(value.value ?? value.number ?? "");
    default: return html`<${TextObject} object=${value} />`;
  }
}

export function Table({ block }) {
  const [head, ...rows] = block.rows ?? [];
  const style = (at) => ({ textAlign: block.column_settings?.[at]?.align ?? "start" });
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${block.caption ?? "Table"}><table>
    <thead><tr>${(head ?? []).map((each, at) => html`<th key=${at} scope="col" style=${style(at)}>${cell(each)}</th>`)}</tr></thead>
    <tbody>${rows.map((row, line) => html`<tr key=${line}>${row.map((each, at) => html`<td key=${at} style=${style(at)}>${cell(each)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

const LEVELS = { info: "Note", warning: "Warning", error: "Error", success: "Done", default: "" };

export const Alert = ({ block }) => html`<div class=${cx("alert", `alert-${block.level ?? "default"}`)} role="note">
  ${LEVELS[block.level] && html`<strong>${LEVELS[block.level]}. </strong>`}<${TextObject} object=${block.text} />
</div>`;

export const CardBlock = ({ block, id }) => html`<div class="card">
  ${block.hero_image && html`<${Picture} name="card-hero" image=${block.hero_image} />`}
  <div class="card-body">
    ${(block.title || block.icon) && html`<div class="card-head">
      ${block.icon && html`<${Picture} image=${block.icon} />`}
      <div><div class="card-title"><${TextObject} object=${block.title} /></div>
      ${block.subtitle && html`<div class="small"><${TextObject} object=${block.subtitle} /></div>`}</div>
    </div>`}
    ${block.body && html`<div><${TextObject} object=${block.body} /></div>`}
    ${block.actions && html`<div class="actions">${block.actions.map((each, at) => html`<${Element} key=${at} element=${each} block=${id} />`)}</div>`}
  </div>
</div>`;

export const Carousel = ({ block, id }) => html`<div class="carousel" tabindex="0" role="region" aria-label="Cards">
  ${(block.elements ?? []).map((each, at) => html`<${CardBlock} key=${at} block=${each} id=${each.block_id ?? id} />`)}
</div>`;

export function Container({ block }) {
  const [open, setOpen] = useState(!block.default_collapsed);
  const title = block.rich_text_title ? html`<${RichText} block=${block.rich_text_title} />` : html`<${TextObject} object=${block.title} />`;
  const head = html`<span class="container-title">${title}</span>${block.subtitle && html`<span class="small"><${TextObject} object=${block.subtitle} /></span>`}`;
  return html`<div class=${cx("container", block.has_header_divider && "container-divided")}>
    ${block.is_collapsible
      ? html`<button type="button" class="disclose container-head" aria-expanded=${open} onClick=${() => setOpen(!open)}><span aria-hidden="true">${open ? "▾" : "▸"}</span> ${head}</button>`
      : html`<div class="container-head">${head}</div>`}
    ${open && html`<${Blocks} blocks=${block.child_blocks} />`}
  </div>`;
}

const TASK = { pending: ["○", "to do"], in_progress: ["◐", "in progress"], complete: ["●", "done"], error: ["✕", "failed"] };

export function TaskCard({ block }) {
  const [sign, word] = TASK[block.status] ?? TASK.pending;
  return html`<div class="task-card">
    <div><span aria-hidden="true">${sign} </span><strong dir="auto">${plain(block.title)}</strong> <span class="small">${word}</span></div>
    ${block.details && html`<${RichText} block=${block.details} />`}
    ${block.output && html`<${RichText} block=${block.output} />`}
    ${block.sources?.length > 0 && html`<div class="small">${block.sources.map((each, at) => html`<span key=${at}>${at > 0 && " · "}<${Link} url=${each.url}>${each.text ?? each.url}<//></span>`)}</div>`}
  </div>`;
}

export const Plan = ({ block }) => html`<div class="plan">
  <div class="card-title" dir="auto">${plain(block.title)}</div>
  ${(block.tasks ?? []).map((each, at) => html`<${TaskCard} key=${each.task_id ?? at} block=${each} />`)}
</div>`;

export const AuthProvider = ({ block, id }) => html`<div class="card"><div class="card-body">
  <div class="card-title"><${TextObject} object=${block.name} /></div>
  <div class="small">${block.is_connected ? html`Connected <${TextObject} object=${block.connected_identity} />` : html`<${TextObject} object=${block.description} />`}</div>
  ${!block.is_connected && block.auth_url && html`<${Link} url=${block.auth_url}>Connect<//>`}
  ${block.is_connected && block.accessory && html`<${Element} element=${block.accessory} block=${id} />`}
</div></div>`;

export const Video = ({ block }) => html`<div class="card"><div class="card-body">
  <div class="card-title"><${Link} url=${block.title_url ?? block.video_url}><${TextObject} object=${block.title} /><//></div>
  ${block.description && html`<div class="small"><${TextObject} object=${block.description} /></div>`}
  <div class="small"><${Icon} name="play" /> ${block.provider_name ? `Video on ${block.provider_name}` : "Video"}</div>
</div></div>`;

export const FileBlock = ({ block }) => html`<div class="file-chip"><${Icon} name="file" /><span>${block.file?.name ?? "Remote file"}</span></div>`;

export const Call = ({ block }) => html`<div class="card"><div class="card-body">
  <div class="card-title"><${Icon} name="play" /> ${block.call?.v1?.name ?? "Call"}</div>
  ${block.call?.v1?.join_url && html`<${Link} url=${block.call.v1.join_url}>Join<//>`}
</div></div>`;
