// How components listen: to a part of a viewer's state, to the time, to the width of the window.
import { useEffect, useLayoutEffect, useRef, useState } from "./lib.js";

/** The part that `select` takes from the state; drawn again only when that part is another value. */
export function useViewer(viewer, select) {
  const [, again] = useState(0);
  const chosen = select(viewer.state);
  const latest = useRef(chosen);
  const choose = useRef(select);
  latest.current = chosen;
  choose.current = select;
  useLayoutEffect(() => {
    const check = () => {
      if (choose.current(viewer.state) !== latest.current) again((count) => count + 1);
    };
    check();
    return viewer.subscribe(check);
  }, [viewer]);
  return chosen;
}

/** Draw again at each full minute of the viewer's clock. */
export function useMinute(viewer) {
  const [minute, set] = useState(() => Math.floor(viewer.now() / 60));
  const moved = useViewer(viewer, (state) => state.moved);
  useEffect(() => {
    let timer;
    const tick = () => {
      const now = viewer.now();
      set(Math.floor(now / 60));
      timer = setTimeout(tick, (60 - (now % 60)) * 1000 + 20);
    };
    tick();
    return () => clearTimeout(timer);
  }, [viewer, moved]);
  return minute * 60;
}

export function useMedia(query) {
  const [matches, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const change = () => set(media.matches);
    change();
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, [query]);
  return matches;
}

/** Whether a condition has held for that long; one that is not known (undefined) leaves it as it was. */
export function useLasting(condition, ms) {
  const [lasts, set] = useState(false);
  useEffect(() => {
    if (condition === undefined) return undefined;
    if (!condition) return set(false);
    const timer = setTimeout(() => set(true), ms);
    return () => clearTimeout(timer);
  }, [condition]);
  return lasts;
}
