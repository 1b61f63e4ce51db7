// Modal forms: a native dialog for the form on top of the person's stack, errors under the fields, push and update.
import { act } from "./actions.js";
import { DiscordForm } from "./forms-discord.js";
import { FormShell, useSubmit } from "./form-shell.js";
import { useViewer } from "./hooks.js";
import { createPortal, html, useContext, useMemo, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { plain } from "./renderers/mrkdwn.js";
import { Blocks } from "./renderers/slack.js";
import { Surface, initialValues } from "./renderers/surface.js";

function SlackForm({ form, depth }) {
  const { viewer } = useContext(Looking);
  const { payload } = form;
  const [entered, setEntered] = useState(form.state ?? {});
  const values = useMemo(() => initialValues(payload.blocks, entered), [payload.blocks, entered]);
  const sending = useSubmit(form, () => act.submit(viewer, form, values));
  const { errors } = sending;

  const surface = useMemo(() => ({
    kind: "modal", values, errors,
    set: (block, action, value) => {
      setEntered((before) => ({ ...before, [block]: { ...before[block], [action]: value } }));
      sending.mend(block);
    },
    act: (action) => act.press(viewer, { form }, action, values),
    options: (element, block, typed) => act.options(viewer, { form }, element, block, typed),
    upload: (files) => act.uploadAll(viewer, files),
  }), [viewer, form, values, errors]);

  return html`<${FormShell} form=${form} depth=${depth} sending=${sending} title=${plain(payload.title)}
    deny=${plain(payload.close) || (payload.submit ? "Cancel" : "Close")} confirm=${payload.submit && plain(payload.submit)}>
    <${Surface.Provider} value=${surface}><${Blocks} blocks=${payload.blocks} /><//>
  <//>`;
}

/** The top of the person's stack. A form that is pushed gets a dialog of its own; an update keeps what was entered. */
export function Forms() {
  const { viewer } = useContext(Looking);
  const forms = useViewer(viewer, (state) => state.forms);
  const top = forms.at(-1);
  if (!top) return null;
  const Form = top.origin?.platform === "discord" ? DiscordForm : SlackForm;
  return createPortal(html`<${Form} key=${top.id} form=${top} depth=${forms.length} />`, document.body);
}
