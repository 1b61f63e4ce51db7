// The app's own page for this person.
import { act } from "./actions.js";
import { useViewer } from "./hooks.js";
import { html, useContext, useEffect, useMemo, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { Blocks } from "./renderers/slack.js";
import { Surface, initialValues } from "./renderers/surface.js";

export function Home({ app }) {
  const { viewer } = useContext(Looking);
  const home = useViewer(viewer, (state) => state.home);
  const worldId = useViewer(viewer, (state) => state.worldId);
  const [entered, setEntered] = useState({});
  const blocks = home?.payload.blocks;
  const values = useMemo(() => initialValues(blocks, entered), [blocks, entered]);
  const surface = useMemo(() => ({
    kind: "home", values, errors: {},
    set: (block, action, value) => setEntered((before) => ({ ...before, [block]: { ...before[block], [action]: value } })),
    act: (action) => act.press(viewer, { form: home }, action, values),
    options: (element, block, typed) => act.options(viewer, { form: home }, element, block, typed),
    upload: (files) => act.uploadAll(viewer, files),
  }), [viewer, home, values]);
  useEffect(() => { act.openHome(viewer); }, [viewer, worldId]);
  return html`<div class="home" role="region" aria-label=${`${app.name}, home`} tabindex="0">
    ${blocks ? html`<${Surface.Provider} value=${surface}><${Blocks} blocks=${blocks} /><//>`
      : html`<div class="empty"><strong>Nothing here yet</strong>${app.name} shows your tickets here once it is connected.</div>`}
  </div>`;
}
