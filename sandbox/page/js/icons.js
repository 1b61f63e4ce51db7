// Line icons of our own, drawn with the text's colour. Each stands beside a word or carries an aria-label on its button.
import { html } from "./lib.js";

const PATHS = {
  lock: "M5.5 9V6.5a4.5 4.5 0 0 1 9 0V9M4.5 9h11v8h-11z",
  eye: "M1.8 10S4.8 4.6 10 4.6 18.2 10 18.2 10 15.2 15.4 10 15.4 1.8 10 1.8 10zM10 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z",
  close: "M5 5l10 10M15 5L5 15",
  back: "M12 4.5L6.5 10l5.5 5.5",
  clip: "M14.5 9.2l-5.3 5.3a3.2 3.2 0 0 1-4.6-4.6l6-6a2.2 2.2 0 0 1 3.1 3.1l-5.7 5.7a1 1 0 0 1-1.5-1.5l5-5",
  smile: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15zM6.8 11.8a3.7 3.7 0 0 0 6.4 0M7.5 7.9v.2M12.5 7.9v.2",
  smilePlus: "M15.6 8.6a6.9 6.9 0 1 1-4.9-5.4M6.2 11.8a3.5 3.5 0 0 0 5.8 0M6.9 8v.2M11.3 8v.2M16 1.6v5M13.5 4.1h5",
  thread: "M3.5 3.5h13v9.5H9l-3.5 3.5V13h-2zM7 7h6M7 9.8h4",
  reply: "M8 5L3.5 9.5 8 14M3.5 9.5h8a5 5 0 0 1 5 5v1",
  forum: "M3 4h11v7H8l-3 3v-3H3zM8 13.5h5l3 3v-3h1V7",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  edit: "M3.5 16.5l1-4 8.7-8.7a1.8 1.8 0 0 1 2.6 0l.4.4a1.8 1.8 0 0 1 0 2.6L7.5 15.5z",
  trash: "M3.5 5.5h13M8 5.5v-2h4v2M5.5 5.5l.7 11h7.6l.7-11",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l2.8-2.8a3 3 0 0 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-2.8 2.8a3 3 0 0 0 4.2 4.2l1-1",
  check: "M4 10.5l4 4 8-9",
  play: "M6.5 4.5v11l9-5.5z",
  file: "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4",
  download: "M10 3v9.5M6 9l4 4 4-4M4 16.5h12",
  arrowDown: "M10 4v12M5 11l5 5 5-5",
  list: "M3.5 5.5h13M3.5 10h13M3.5 14.5h8",
  traffic: "M6 4v12M3.5 6.5L6 4l2.5 2.5M14 16V4M11.5 13.5L14 16l2.5-2.5",
  restart: "M4.2 8A6.2 6.2 0 1 1 3.8 11M4 3.8V8h4.2",
  home: "M3.5 9L10 3.5 16.5 9v7.5h-4.6V12H8.1v4.5H3.5z",
  bolt: "M11 2.5L4.5 11.5H9l-.5 6L15.5 8H11z",
  chevron: "M6 8l4 4 4-4",
  send: "M3.5 10L17 3.5 12.5 17l-3-5.5z",
  warning: "M10 3l7.5 13.5h-15zM10 8.2v3.6M10 14v.2",
};

export const Icon = ({ name }) => html`<svg class=${`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
