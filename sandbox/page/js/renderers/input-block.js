// Fields of forms: an input block is a label, one element, a hint and the place where its error stands.
import { cx, html, useId } from "../lib.js";
import { TextObject, plain } from "./mrkdwn.js";
import { Element } from "./slack-elements.js";
import { useSurface } from "./surface.js";

export function InputBlock({ block, id }) {
  const surface = useSurface();
  const base = useId();
  const error = surface.errors?.[id];
  const hint = plain(block.hint);
  const describedBy = cx(error && `${base}-error`, hint && `${base}-hint`) || undefined;
  const field = { id: base, label: plain(block.label), describedBy, invalid: error ? "true" : undefined, optional: block.optional };
  return html`<div class=${cx("field-block", error && "field-wrong")} data-block=${id}>
    <label class="field-label" for=${base}><${TextObject} object=${block.label} />${block.optional && html`<span class="field-optional"> (optional)</span>`}</label>
    <${Element} element=${block.element} block=${id} silent=${!block.dispatch_action} field=${field} />
    ${error && html`<p class="field-error" id=${`${base}-error`} role="alert">${error}</p>`}
    ${hint && html`<p class="field-hint" id=${`${base}-hint`}><${TextObject} object=${block.hint} /></p>`}
  </div>`;
}
