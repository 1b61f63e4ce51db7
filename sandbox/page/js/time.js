// Times as the person who looks reads them: their zone, 24 hours, English names.
const formats = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    try {
      made = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
    } catch {
      made = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
    }
    formats.set(key, made);
  }
  return made;
}

const show = (seconds, zone, options) => format(zone, options).format(new Date(seconds * 1000));

export const hourMinute = (seconds, zone) => show(seconds, zone, { hour: "2-digit", minute: "2-digit" });
export const weekday = (seconds, zone) => show(seconds, zone, { weekday: "short" });
const weekdayLong = (seconds, zone) => show(seconds, zone, { weekday: "long" });
export const longDay = (seconds, zone) => `${show(seconds, zone, { weekday: "long" })}, ${show(seconds, zone, { day: "numeric", month: "long" })}`;
export const dayKey = (seconds, zone) => show(seconds, zone, { year: "numeric", month: "2-digit", day: "2-digit" });
export const exact = (seconds, zone) =>
  show(seconds, zone, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `last at 14:35` today, `last on Mon 9 Nov` before: relative words would go stale on a clock that jumps. */
export function lastAt(seconds, now, zone) {
  if (dayKey(seconds, zone) === dayKey(now, zone)) return `last at ${hourMinute(seconds, zone)}`;
  return `last on ${show(seconds, zone, { weekday: "short", day: "numeric", month: "short" })}`;
}

function ago(seconds, now) {
  const delta = Math.round(now - seconds);
  const size = Math.abs(delta);
  const [count, unit] =
    size < 60 ? [size, "second"] : size < 3600 ? [Math.round(size / 60), "minute"]
      : size < 86400 ? [Math.round(size / 3600), "hour"] : [Math.round(size / 86400), "day"];
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return delta >= 0 ? `${words} ago` : `in ${words}`;
}

function pretty(seconds, now, zone, plain) {
  const key = dayKey(seconds, zone);
  if (key === dayKey(now, zone)) return "today";
  if (key === dayKey(now - 86400, zone)) return "yesterday";
  if (key === dayKey(now + 86400, zone)) return "tomorrow";
  return plain;
}

/** Slack's `<!date^…>` and rich text `date` elements: every token its documentation names. */
export function dateTokens(template, seconds, now, zone) {
  const number = dayKey(seconds, zone);
  const date = show(seconds, zone, { day: "numeric", month: "long", year: "numeric" });
  const short = show(seconds, zone, { day: "numeric", month: "short", year: "numeric" });
  const long = show(seconds, zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const values = {
    date_num: number, date, date_short: short, date_long: long, date_slash: number,
    date_pretty: pretty(seconds, now, zone, date),
    date_short_pretty: pretty(seconds, now, zone, short),
    date_long_pretty: pretty(seconds, now, zone, long),
    date_long_full: long,
    day_divider_pretty: pretty(seconds, now, zone, show(seconds, zone, { weekday: "long", day: "numeric", month: "long" })),
    time: hourMinute(seconds, zone),
    time_secs: show(seconds, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: ago(seconds, now),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Discord's `<t:…>`: its seven styles, as its English client writes them on a clock of 24 hours. */
export function moment(style, seconds, now, zone) {
  const day = { day: "numeric", month: "long", year: "numeric" };
  const clock = { hour: "2-digit", minute: "2-digit" };
  switch (style) {
    case "t": return hourMinute(seconds, zone);
    case "T": return show(seconds, zone, { ...clock, second: "2-digit" });
    case "d": return dayKey(seconds, zone);
    case "D": return show(seconds, zone, day);
    case "F": return `${weekdayLong(seconds, zone)}, ${show(seconds, zone, day)} ${hourMinute(seconds, zone)}`;
    case "R": return ago(seconds, now);
    default: return `${show(seconds, zone, day)} ${hourMinute(seconds, zone)}`;
  }
}

const LOCAL = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** Epoch seconds as the value of a datetime-local input, in that zone. */
export function toLocalInput(seconds, zone) {
  if (!seconds) return "";
  const part = Object.fromEntries(format(zone, LOCAL).formatToParts(new Date(seconds * 1000)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** The epoch seconds that such a value means there; at a change of the clocks the nearer of the two. */
export function fromLocalInput(text, zone) {
  const wanted = Date.parse(`${text}:00Z`) / 1000;
  let seconds = wanted;
  for (let round = 0; round < 2; round += 1) seconds += wanted - Date.parse(`${toLocalInput(seconds, zone)}:00Z`) / 1000;
  return seconds;
}
