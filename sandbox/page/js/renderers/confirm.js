// "Are you sure?", for an element with a `confirm`, and for the page's own irreversible actions.
import { createPortal, cx, html, useLayoutEffect, useRef } from "../lib.js";
import { TextObject, plain } from "./mrkdwn.js";

export function ConfirmDialog({ confirm, onYes, onNo }) {
  const dialog = useRef(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element.showModal();
    return () => element.close();
  }, []);
  const no = (event) => {
    event?.preventDefault();
    onNo();
  };
  return createPortal(html`<dialog ref=${dialog} class="dialog dialog-small" aria-label=${plain(confirm.title)} onCancel=${no}>
    <div class="dialog-body"><h2 class="dialog-title">${plain(confirm.title)}</h2><div class="confirm-text"><${TextObject} object=${confirm.text} /></div></div>
    <div class="dialog-foot">
      <button type="button" class="button" onClick=${no}>${plain(confirm.deny) || "Cancel"}</button>
      <button type="button" class=${cx("button", `button-${confirm.style ?? "primary"}`)} onClick=${onYes}>${plain(confirm.confirm) || "Yes"}</button>
    </div>
  </dialog>`, document.body);
}
