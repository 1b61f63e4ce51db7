// What a person does, each as one call. Answers are `{ok, error?, …}`; results come back over the viewer's socket.
import { get, post } from "./api.js";

const where = (message) => ({ channel: message.channel, message: message.ts });

async function upload(viewer, channel, thread, text, files, more = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ as: viewer.person, channel, thread, text, ...more })) if (value) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return post("/control/upload", form);
}

export const act = {
  /** `more`: on Discord `reply_to`; of a forum's post `title` and `tags`. */
  post: (viewer, channel, thread, text, more = {}) => post("/control/post", { as: viewer.person, channel, thread, text, ...more }),
  edit: (viewer, message, text) => post("/control/edit", { as: viewer.person, ...where(message), text }),
  remove: (viewer, message) => post("/control/delete", { as: viewer.person, ...where(message) }),
  react: (viewer, message, name, on) => post(on ? "/control/react" : "/control/unreact", { as: viewer.person, ...where(message), name }),
  dismiss: (viewer, message) => post("/control/dismiss", { as: viewer.person, ...where(message) }),
  upload,
  uploadAll: (viewer, files) => upload(viewer, "", "", "", files),
  uploadToDiscord: (viewer, files) => upload(viewer, "", "", "", files, { on: "discord" }),
  /** What the platform or the app says against a command comes as a message for this person, so it counts as sent. */
  command: async (viewer, channel, thread, text) => {
    const answer = await post("/control/command", { as: viewer.person, channel, thread, text });
    return answer.status === 200 || answer.status === 409 ? { ok: true } : answer;
  },
  /** On Discord a command that fails says so at the place where it was typed. */
  discordCommand: (viewer, channel, text) => post("/control/command", { as: viewer.person, channel, text }),
  complete: (viewer, channel, text, option, typed) => post("/control/options", { as: viewer.person, channel, text, action_id: option, value: typed }),
  use: (viewer, message, customId, values) => post("/control/press", { as: viewer.person, ...where(message), action_id: customId, value: values }),
  submitEntries: (viewer, form, values) => post("/control/submit", { as: viewer.person, form: form.id, values }),
  direct: (viewer, on) => post("/control/direct", { as: viewer.person, on }),
  customerToldOf: (words) => get(`/control/customer?words=${encodeURIComponent(words)}`),
  customerOf: (channel, message) => get(`/control/customer?channel=${encodeURIComponent(channel)}&message=${encodeURIComponent(message ?? "")}`),
  shortcut: (viewer, message, { callback_id }) => post("/control/shortcut", { as: viewer.person, ...where(message), callback_id }),
  press: (viewer, { message, form }, action, values) =>
    post("/control/press", { as: viewer.person, ...(message ? where(message) : { form: form.id }), action, state: values }),
  options: (viewer, { message, form }, element, block, typed) =>
    post("/control/options", { as: viewer.person, ...(message ? where(message) : { form: form.id }), action_id: element.action_id, block_id: block, value: typed }),
  submit: (viewer, form, values) => post("/control/submit", { as: viewer.person, form: form.id, state: values }),
  closeForm: (viewer, form) => post("/control/close", { as: viewer.person, form: form.id }),
  openHome: (viewer) => post("/control/home", { as: viewer.person }),
  moveClock: (move) => post("/control/clock", move),
  startOver: () => post("/control/start-over", {}),
};
