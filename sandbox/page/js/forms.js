// Modal forms: a native dialog for the form on top of the person's stack, errors under the fields, push and update.
import { act } from "./actions.js";
import { Avatar } from "./avatar.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { createPortal, html, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { plain } from "./renderers/mrkdwn.js";
import { Blocks } from "./renderers/slack.js";
import { Surface, initialValues } from "./renderers/surface.js";

function Form({ form, depth }) {
  const { viewer } = useContext(Looking);
  const { payload } = form;
  const [entered, setEntered] = useState(form.state ?? {});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [errors, setErrors] = useState(form.errors ?? {});
  const dialog = useRef(null);
  const title = useId();
  const values = useMemo(() => initialValues(payload.blocks, entered), [payload.blocks, entered]);

  useEffect(() => { setErrors(form.errors ?? {}); }, [form.errors]);
  useLayoutEffect(() => {
    const element = dialog.current;
    element.showModal();
    const first = element.querySelector("[autofocus]") ?? element.querySelector(".dialog-body :is(input, textarea, select)")
      ?? element.querySelector(".dialog-body button:not(.mention)");
    first?.focus();
    return () => element.close();
  }, []);
  useEffect(() => {
    if (!Object.keys(errors).length) return;
    dialog.current.querySelector(".field-wrong input, .field-wrong textarea, .field-wrong select")?.focus();
  }, [errors]);

  const surface = useMemo(() => ({
    kind: "modal", values, errors,
    set: (block, action, value) => {
      setEntered((before) => ({ ...before, [block]: { ...before[block], [action]: value } }));
      setErrors(({ [block]: _gone, ...rest }) => rest);
    },
    act: (action) => act.press(viewer, { form }, action, values),
    options: (element, block, typed) => act.options(viewer, { form }, element, block, typed),
    upload: (files) => act.uploadAll(viewer, files),
  }), [viewer, form, values, errors]);

  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    const answer = await act.submit(viewer, form, values);
    setBusy(false);
    if (!answer.ok) setProblem(answer.error);
    if (answer.errors) setErrors(answer.errors);
  };
  const close = (event) => {
    event?.preventDefault();
    act.closeForm(viewer, form);
  };
  const whole = problem || errors[""];
  const app = Object.values(viewer.state.people).find((person) => person.bot);
  return html`<dialog ref=${dialog} class="dialog" aria-labelledby=${title} onCancel=${close} data-form=${form.id}>
    <form method="dialog" novalidate onSubmit=${submit}>
      <header class="dialog-head"><${Avatar} person=${app} size="medium" /><h2 class="dialog-title" id=${title}>${plain(payload.title)}</h2>
        <button type="button" class="icon-button" aria-label=${depth > 1 ? "Back" : "Close"} title=${depth > 1 ? "Back" : "Close"} onClick=${close}><${Icon} name=${depth > 1 ? "back" : "close"} /></button></header>
      <div class="dialog-body">
        ${whole && html`<p class="form-problem" role="alert">${whole}</p>`}
        <${Surface.Provider} value=${surface}><${Blocks} blocks=${payload.blocks} /><//>
      </div>
      <footer class="dialog-foot">
        <span class="small dialog-as">as ${viewer.state.me.name}</span>
        <button type="button" class="button" onClick=${close}>${plain(payload.close) || (payload.submit ? "Cancel" : "Close")}</button>
        ${payload.submit && html`<button type="submit" class="button button-primary" disabled=${busy} aria-busy=${busy}>${busy ? "Sending …" : plain(payload.submit)}</button>`}
      </footer>
    </form>
  </dialog>`;
}

/** The top of the person's stack. A form that is pushed gets a dialog of its own; an update keeps what was entered. */
export function Forms() {
  const { viewer } = useContext(Looking);
  const forms = useViewer(viewer, (state) => state.forms);
  const top = forms.at(-1);
  if (!top) return null;
  return createPortal(html`<${Form} key=${top.id} form=${top} depth=${forms.length} />`, document.body);
}
