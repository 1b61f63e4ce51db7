// Menus and lists over the page: native popovers in the top layer (so a dialog does not cut them), placed by us.
import { cx, html, useEffect, useLayoutEffect, useRef } from "./lib.js";

function place(box, anchor, align) {
  const edge = 8;
  const at = anchor.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const below = window.innerHeight - at.bottom - edge;
  const above = at.top - edge;
  const under = size.height <= below || below >= above;
  box.style.maxHeight = `${Math.max(120, (under ? below : above) - 6)}px`;
  const height = Math.min(size.height, under ? below - 6 : above - 6);
  box.style.top = `${under ? at.bottom + 4 : Math.max(edge, at.top - height - 4)}px`;
  const left = align === "end" ? at.right - size.width : at.left;
  box.style.left = `${Math.max(edge, Math.min(left, window.innerWidth - size.width - edge))}px`;
}

/** Shown while it is rendered. `anchor` is a ref; it closes by Esc, a click elsewhere, and a scroll of what is below. */
export function Popover({ anchor, align, onClose, label, role, className, width, children }) {
  const box = useRef(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const element = box.current;
    if (width && anchor.current) {
      element.style.width = `${Math.max(width, anchor.current.getBoundingClientRect().width)}px`;
      element.style.maxWidth = "calc(100vw - 16px)";
    }
    element.showPopover();
    place(element, anchor.current, align);
  }, []);
  useLayoutEffect(() => { if (anchor.current) place(box.current, anchor.current, align); });
  // At once, not after the next paint: a list that is gone before that would leave its listeners behind.
  useLayoutEffect(() => {
    const outside = (event) => {
      if (!box.current?.contains(event.target) && !anchor.current?.contains(event.target)) close.current("outside");
    };
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      close.current("escape");
    };
    const moved = (event) => { if (!box.current?.contains(event.target)) close.current("scroll"); };
    document.addEventListener("pointerdown", outside, true);
    document.addEventListener("keydown", escape, true);
    window.addEventListener("resize", moved);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      document.removeEventListener("keydown", escape, true);
      window.removeEventListener("resize", moved);
    };
  }, []);
  return html`<div ref=${box} popover="manual" class=${cx("popover", className)} role=${role} aria-label=${label}>${children}</div>`;
}

/** A menu of buttons with arrow keys. `items`: `{label, run, icon?, danger?, hint?}` or null for a line between. */
export function Menu({ anchor, align, label, items, onClose }) {
  const list = useRef(null);
  const close = (how) => {
    onClose();
    if (how === "escape") anchor.current?.focus();
  };
  useEffect(() => { list.current?.querySelector("[role=menuitem]")?.focus({ preventScroll: true }); }, []);
  const keys = (event) => {
    const all = [...list.current.querySelectorAll("[role=menuitem]")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Tab") close("tab");
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  };
  return html`<${Popover} anchor=${anchor} align=${align} onClose=${close} className="menu">
    <div ref=${list} role="menu" aria-label=${label} onKeyDown=${keys}>
      ${items.map((item, at) => item === null
        ? html`<hr key=${at} />`
        : html`<button key=${at} type="button" role="menuitem" tabindex="-1" class=${cx("menu-item", item.danger && "menu-danger")}
            onClick=${() => { onClose(); anchor.current?.focus({ preventScroll: true }); item.run(); }}>
            ${item.icon}<span class="menu-label">${item.label}${item.hint && html`<span class="menu-hint">${item.hint}</span>`}</span>
          </button>`)}
    </div>
  <//>`;
}
