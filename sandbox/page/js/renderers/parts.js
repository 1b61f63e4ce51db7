// Small things that several block drawings share.
import { fileAddress } from "../api.js";
import { html, useContext } from "../lib.js";
import { Looking } from "../looking.js";
import { permalink } from "./mrkdwn.js";

export const Unsupported = ({ type }) => html`<div class="unsupported">unsupported block: ${String(type)}</div>`;

const PRIVATE_FILE = /\/files-pri\/(?:[A-Z0-9]+-)?(F[A-Z0-9]+)(?:\/|$)/;

/** A picture by its address, or by a file of the workspace, then as the person that looks. */
export function Picture({ image, name, alt }) {
  const { viewer } = useContext(Looking);
  const address = image?.image_url ?? image?.slack_file?.url ?? "";
  const file = image?.slack_file?.id ?? PRIVATE_FILE.exec(address)?.[1];
  return html`<img class=${name} src=${file ? fileAddress(viewer.person, file) : address} alt=${alt ?? image?.alt_text ?? ""} loading="lazy" />`;
}

/** Follow an address: inside the page where it means a message that the reader can see, else in a new tab. */
export function openAddress(url, viewer, go) {
  const target = permalink(url);
  if (target && viewer.state.places[target.channel]) go({ channel: target.channel, thread: target.thread, at: target.ts });
  else if (/^https?:/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
}
