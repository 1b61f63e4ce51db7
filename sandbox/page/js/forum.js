// A forum of Discord's: its posts as a list, newest talk first, and a form for a new one.
import { act } from "./actions.js";
import { Avatar } from "./avatar.js";
import { useViewer } from "./hooks.js";
import { Icon } from "./icons.js";
import { cx, html, useContext, useMemo, useState } from "./lib.js";
import { Looking } from "./looking.js";
import { personOf } from "./people.js";
import { DiscordText } from "./renderers/discord-text.js";
import { lastAt } from "./time.js";

/** Posts drawn at first, and with each "older". */
const AT_ONCE = 50;

export const Tags = ({ ids, forum }) => (ids ?? []).map((id) => forum?.tags?.find((tag) => tag.id === id)).filter(Boolean)
  .map((tag) => html`<span key=${tag.id} class="tag tag-line">${tag.name}</span>`);

function Post({ post, forum, current }) {
  const { viewer, go } = useContext(Looking);
  const people = useViewer(viewer, (state) => state.people);
  const author = personOf({ people }, post.owner);
  return html`<li><button type="button" class=${cx("post", current && "post-current")} data-post=${post.id} aria-current=${current ? "true" : undefined} onClick=${() => go({ channel: forum.id, thread: post.id })}>
    <span class="post-head"><span class="post-title">${post.name}</span><${Tags} ids=${post.tags} forum=${forum} />
      ${post.archived && html`<span class="tag">${post.locked ? "CLOSED" : "ARCHIVED"}</span>`}
      ${post.unread > 0 && html`<span class="badge">${post.unread}<span class="visually-hidden"> unread</span></span>`}</span>
    ${post.first && html`<span class="post-text"><${DiscordText} text=${post.first.text.split("\n")[0]} /></span>`}
    <span class="post-foot small"><${Avatar} person=${author} size="small" /> ${author?.name ?? "Someone"} · ${post.count} ${post.count === 1 ? "reply" : "replies"} · ${lastAt(post.last, viewer.now(), viewer.state.me.tz)}</span>
  </button></li>`;
}

function NewPost({ forum, onDone }) {
  const { viewer, go } = useContext(Looking);
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const [tags, setTags] = useState([]);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const offered = forum.tags.filter((tag) => tag.open);
  const toggle = (id) => setTags((before) => (before.includes(id) ? before.filter((each) => each !== id) : [...before, id].slice(-5)));
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const sent = await act.post(viewer, forum.id, undefined, text.trim(), { title: title.trim(), tags });
    setBusy(false);
    if (!sent.ok) return setProblem(sent.error);
    onDone();
    return go({ channel: sent.channel });
  };
  return html`<form class="new-post" aria-label="New post" onSubmit=${send}>
    ${problem && html`<p class="composer-problem" role="alert">${problem}</p>`}
    <input class="input" maxlength="100" placeholder="Title" aria-label="Title" value=${title} onInput=${(event) => setTitle(event.target.value)} />
    <textarea class="input" rows="3" dir="auto" placeholder="What is it about?" aria-label="What is it about?" value=${text} onInput=${(event) => setText(event.target.value)}></textarea>
    ${offered.length > 0 && html`<div class="post-tags" role="group" aria-label="Tags">${offered.map((tag) => html`<button key=${tag.id} type="button" class="tag tag-line tag-choice" aria-pressed=${tags.includes(tag.id)} onClick=${() => toggle(tag.id)}>${tag.name}</button>`)}</div>`}
    <div class="edit-foot"><button type="button" class="button" onClick=${onDone}>Cancel</button>
      <button type="submit" class="button button-primary" disabled=${busy || !title.trim() || !text.trim()}>Post</button></div>
  </form>`;
}

export function Forum({ forum, current }) {
  const { viewer } = useContext(Looking);
  const places = useViewer(viewer, (state) => state.places);
  const [most, setMost] = useState(AT_ONCE);
  const posts = useMemo(
    () => Object.values(places).filter((place) => place.parent === forum.id).sort((one, other) => one.archived - other.archived || other.last - one.last),
    [places, forum.id],
  );
  return html`<div class="forum" role="region" aria-label=${`Posts in #${forum.name}`} tabindex="0">
      ${posts.length ? html`<ul class="posts">${posts.slice(0, most).map((post) => html`<${Post} key=${post.id} post=${post} forum=${forum} current=${post.id === current} />`)}
          ${posts.length > most && html`<li><button type="button" class="button" onClick=${() => setMost(most + AT_ONCE)}>Older posts</button></li>`}</ul>`
        : html`<div class="empty"><strong>No posts in #${forum.name} yet</strong>Each post here becomes a ticket of its own.</div>`}
    </div>`;
}

/** What a forum has where other places have a composer. */
export function ForumFoot({ forum }) {
  const { viewer } = useContext(Looking);
  const [writing, setWriting] = useState(false);
  return html`${writing ? html`<${NewPost} forum=${forum} onDone=${() => setWriting(false)} />`
      : html`<div class="forum-foot"><button type="button" class="button button-primary" onClick=${() => setWriting(true)}><${Icon} name="edit" /> New post</button>
        <span class="small">as ${viewer.state.me.name}</span></div>`}`;
}
