// The platform's text as the person typed it (`<@U0BO>` is `@Bo Lind` again), to edit it. The server makes tokens of names.
import { personOf } from "./people.js";

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function fromDiscord(text, state) {
  const named = (sign, name, whole) => (name ? sign + name : whole);
  return text
    .replace(/<@!?(\d+)>/g, (whole, id) => named("@", personOf(state, id)?.name, whole))
    .replace(/<@&(\d+)>/g, (whole, id) => named("@", state.groups[id]?.replace(/^@/, ""), whole))
    .replace(/<#(\d+)>/g, (whole, id) => named("#", state.places[id]?.name, whole));
}

function fromSlack(text, state) {
  const plain = text
    .replace(/<([@#])(\w+)(?:\|([^>]*))?>/g, (whole, sign, id, label) => {
      const name = sign === "@" ? state.people[id]?.name : state.places[id]?.name;
      return name ?? label ? sign + (name ?? label) : whole;
    })
    .replace(/<!(here|channel|everyone)>/g, "@$1")
    .replace(/<!subteam\^(\w+)(?:\|@?([^>]*))?>/g, (whole, id, label) => `@${state.groups[id] ?? label ?? id}`)
    .replace(/<((?:https?|mailto|tel):[^>|]+)(?:\|[^>]*)?>/g, "$1");
  return unescape(plain);
}

export const typedText = (message, state) => (message.on === "discord" ? fromDiscord : fromSlack)(message.text ?? "", state);
