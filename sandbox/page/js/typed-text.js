// The platform's text as the person typed it (`<@U0BO>` is `@Bo Lind` again), to edit it. The server makes tokens of names.

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function typedText(text, state) {
  const plain = (text ?? "")
    .replace(/<([@#])(\w+)(?:\|([^>]*))?>/g, (whole, sign, id, label) => {
      const name = sign === "@" ? state.people[id]?.name : state.places[id]?.name;
      return name ?? label ? sign + (name ?? label) : whole;
    })
    .replace(/<!(here|channel|everyone)>/g, "@$1")
    .replace(/<!subteam\^(\w+)(?:\|@?([^>]*))?>/g, (whole, id, label) => `@${state.groups[id] ?? label ?? id}`)
    .replace(/<((?:https?|mailto|tel):[^>|]+)(?:\|[^>]*)?>/g, "$1");
  return unescape(plain);
}
