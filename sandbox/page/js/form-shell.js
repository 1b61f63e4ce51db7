// What forms of both platforms share: the dialog, its head and foot, sending, and errors that stay under their fields.
import { act } from "./actions.js";
import { Avatar } from "./avatar.js";
import { Icon } from "./icons.js";
import { html, useContext, useEffect, useId, useLayoutEffect, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";

/** Sends once at a time. `errors`: a field's key -> what is wrong with it, `""` about the whole; `mend` takes one away. */
export function useSubmit(form, send) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [errors, setErrors] = useState(form.errors ?? {});
  useEffect(() => { setErrors(form.errors ?? {}); }, [form.errors]);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    const answer = await send();
    setBusy(false);
    if (!answer.ok && answer.error) setProblem(answer.error);
    if (answer.errors) setErrors(answer.errors);
  };
  const mend = (key) => setErrors(({ [key]: _gone, ...rest }) => rest);
  return { busy, errors, submit, mend, whole: problem || errors[""] };
}

/** `confirm`: the words on the button that sends it; without them it can be closed alone. */
export function FormShell({ form, depth, sending, title, deny, confirm, children }) {
  const { viewer } = useContext(Looking);
  const dialog = useRef(null);
  const heading = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element.showModal();
    const first = element.querySelector("[autofocus]") ?? element.querySelector(".dialog-body :is(input, textarea, select)")
      ?? element.querySelector(".dialog-body button:not(.mention)");
    first?.focus();
    return () => element.close();
  }, []);
  useEffect(() => {
    if (!Object.keys(sending.errors).length) return;
    dialog.current.querySelector(".field-wrong input, .field-wrong textarea, .field-wrong select")?.focus();
  }, [sending.errors]);
  const close = async (event) => {
    event?.preventDefault();
    const answer = await act.closeForm(viewer, form);
    if (!answer.ok) viewer.update({ forms: viewer.state.forms.filter((each) => each.id !== form.id) });
  };
  const app = Object.values(viewer.state.people).find((person) => person.bot);
  const back = depth > 1;
  return html`<dialog ref=${dialog} class="dialog" aria-labelledby=${heading} onCancel=${close} data-form=${form.id}>
    <form method="dialog" novalidate onSubmit=${sending.submit}>
      <header class="dialog-head"><${Avatar} person=${app} size="medium" /><h2 class="dialog-title" id=${heading}>${title}</h2>
        <button type="button" class="icon-button" aria-label=${back ? "Back" : "Close"} title=${back ? "Back" : "Close"} onClick=${close}><${Icon} name=${back ? "back" : "close"} /></button></header>
      <div class="dialog-body">
        ${sending.whole && html`<p class="form-problem" role="alert">${sending.whole}</p>`}
        ${children}
      </div>
      <footer class="dialog-foot">
        <span class="small dialog-as">as ${viewer.state.me.name}</span>
        <button type="button" class="button" onClick=${close}>${deny}</button>
        ${confirm && html`<button type="submit" class="button button-primary" disabled=${sending.busy} aria-busy=${sending.busy}>${sending.busy ? "Sending …" : confirm}</button>`}
      </footer>
    </form>
  </dialog>`;
}
