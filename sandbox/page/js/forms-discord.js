// A modal of Discord's: up to five components, one of which is a label with a field in it, or text.
import { act } from "./actions.js";
import { FormShell, useSubmit } from "./form-shell.js";
import { html, useContext, useMemo, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { Components } from "./renderers/discord.js";
import { DiscordSurface, initialEntries } from "./renderers/discord-surface.js";

export function DiscordForm({ form, depth }) {
  const { viewer } = useContext(Looking);
  const { payload } = form;
  const [entered, setEntered] = useState({});
  const values = useMemo(() => ({ ...initialEntries(payload.components), ...entered }), [payload, entered]);
  const sending = useSubmit(form, () => act.submitEntries(viewer, form, values));
  const surface = useMemo(() => ({
    kind: "modal", values, errors: sending.errors, files: [],
    set: (key, value) => {
      setEntered((before) => ({ ...before, [key]: value }));
      sending.mend(key);
    },
    upload: async (files) => (await act.uploadToDiscord(viewer, files)).files ?? [],
  }), [viewer, values, sending.errors]);
  return html`<${FormShell} form=${form} depth=${depth} sending=${sending} title=${payload.title} deny="Cancel" confirm="Submit">
    <${DiscordSurface.Provider} value=${surface}><${Components} list=${payload.components} /><//>
  <//>`;
}
