// Who looks, and how they move: passed down by context to everything that is drawn.
import { createContext } from "./lib.js";

/** `{viewer, go, openThread}`: the person's viewer, and navigation inside the page. */
export const Looking = createContext(null);
