// What every module of the page shares: Preact, its hooks, and templates without a build step.
import { Component, h } from "preact";
import htm from "htm";

export { Fragment, createContext, createPortal, render } from "preact";
export {
  useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState,
} from "preact/hooks";

export const html = htm.bind(h);

/** Class names from strings and falsy values. */
export const cx = (...names) => names.filter(Boolean).join(" ");

/** A component that is drawn again only when one of its props is another value. */
export function memo(draw) {
  return class extends Component {
    shouldComponentUpdate(next) {
      const before = this.props;
      for (const key in next) if (next[key] !== before[key]) return true;
      for (const key in before) if (!(key in next)) return true;
      return false;
    }
    render(props) {
      return html`<${draw} ...${props} />`;
    }
  };
}
