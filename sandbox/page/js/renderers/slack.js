// Block Kit: one small drawing for each block type. A type that is not in the table is drawn as a visible box.
import { cx, html, useState } from "../lib.js";
import { Element } from "./slack-elements.js";
import { InputBlock } from "./input-block.js";
import { Picture, Unsupported } from "./parts.js";
import { Alert, AuthProvider, Call, CardBlock, Carousel, Container, FileBlock, Plan, Table, TaskCard, Video } from "./slack-more.js";
import { Markdown } from "./markdown.js";
import { TextObject, plain } from "./mrkdwn.js";
import { RichText } from "./rich-text.js";

const elements = (list, id) => (list ?? []).map((each, at) => html`<${Element} key=${each.action_id ?? at} element=${each} block=${id} />`);

/** Long sections are cut in a chat, with a way to the rest, as the platform does. */
const LONG = 1400;

function Section({ block, id }) {
  const [whole, setWhole] = useState(false);
  const long = (block.text?.text?.length ?? 0) > LONG && !block.expand;
  return html`<div class=${cx("section", block.accessory && "has-accessory")}>
    <div class="section-main">
      ${block.text && html`<div class=${cx("section-text", long && !whole && "section-cut")}><${TextObject} object=${block.text} /></div>`}
      ${long && html`<button type="button" class="link-button" onClick=${() => setWhole(!whole)}>${whole ? "See less" : "See more"}</button>`}
      ${block.fields && html`<div class="fields">${block.fields.map((field, at) => html`<div key=${at} class="field"><${TextObject} object=${field} /></div>`)}</div>`}
    </div>
    ${block.accessory && html`<div class=${cx("accessory", `accessory-${block.accessory.type}`)}><${Element} element=${block.accessory} block=${id} /></div>`}
  </div>`;
}

const Context = ({ block }) => html`<div class="context">
  ${(block.elements ?? []).map((each, at) =>
    each.type === "image"
      ? html`<${Picture} key=${at} name="context-image" image=${each} />`
      : each.type === "mrkdwn" || each.type === "plain_text"
        ? html`<span key=${at} class="context-text"><${TextObject} object=${each} /></span>`
        : html`<${Unsupported} key=${at} type=${`context ${each.type}`} />`)}
</div>`;

function Image({ block }) {
  const [shown, setShown] = useState(true);
  const title = plain(block.title);
  return html`<figure class="image-block">
    ${title && html`<figcaption><button type="button" class="disclose" aria-expanded=${shown} onClick=${() => setShown(!shown)}>${title}<span aria-hidden="true">${shown ? " ▾" : " ▸"}</span></button></figcaption>`}
    ${shown && html`<${Picture} image=${block} />`}
  </figure>`;
}

const BLOCKS = {
  section: Section,
  header: ({ block }) => html`<h3 class="header-block"><${TextObject} object=${block.text} /></h3>`,
  divider: () => html`<hr class="divider" />`,
  context: Context,
  actions: ({ block, id }) => html`<div class="actions">${elements(block.elements, id)}</div>`,
  context_actions: ({ block, id }) => html`<div class="actions context-actions">${elements(block.elements, id)}</div>`,
  image: Image,
  input: InputBlock,
  rich_text: RichText,
  markdown: ({ block }) => html`<${Markdown} text=${block.text} />`,
  table: Table,
  data_table: Table,
  video: Video,
  file: FileBlock,
  call: Call,
  alert: Alert,
  card: CardBlock,
  carousel: Carousel,
  container: Container,
  task_card: TaskCard,
  plan: Plan,
  auth_provider: AuthProvider,
};

export const BLOCK_TYPES = Object.keys(BLOCKS);

export function Blocks({ blocks }) {
  return html`<div class="blocks">${(blocks ?? []).map((block, at) => {
    const Draw = Object.hasOwn(BLOCKS, block?.type ?? "") ? BLOCKS[block.type] : null;
    const id = block?.block_id ?? `block-${at}`;
    return Draw ? html`<${Draw} key=${id} block=${block} id=${id} />` : html`<${Unsupported} key=${id} type=${block?.type} />`;
  })}</div>`;
}
