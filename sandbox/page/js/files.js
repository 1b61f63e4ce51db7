// Files of a message: pictures are shown, others are a name with a size and a way to save them.
import { fileAddress } from "./api.js";
import { Icon } from "./icons.js";
import { html, useContext } from "./lib.js";
import { Looking } from "./looking.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"]);

export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function One({ file }) {
  const { viewer } = useContext(Looking);
  if (file.deleted) return html`<div class="file-chip"><${Icon} name="trash" /><span>This file was deleted.</span></div>`;
  const address = fileAddress(viewer.person, file.id);
  if (PICTURES.has(file.mimetype)) {
    return html`<figure class="image-block"><figcaption class="small">${file.title}</figcaption>
      <a href=${address} target="_blank" rel="noreferrer"><img src=${address} alt=${file.title} loading="lazy" /></a></figure>`;
  }
  return html`<a class="file-chip" href=${address} download=${file.name}>
    <span class="file-sign"><${Icon} name="file" /></span><span><span class="file-name">${file.title}</span><span class="small">${sizeOf(file.size)}</span></span></a>`;
}

export const Files = ({ files }) => html`<div class="files">${files.map((file) => html`<${One} key=${file.id} file=${file} />`)}</div>`;
