// The sandbox's own interface for people and scripts, over plain HTTP: the same calls that tests and replays make.

async function call(method, path, body) {
  try {
    const options = { method };
    if (body instanceof FormData) options.body = body;
    else if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers = { "Content-Type": "application/json" };
    }
    const response = await fetch(path, options);
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return { ok: true, status: response.status, ...answer };
    return { ...answer, ok: false, status: response.status, error: answer.error?.message ?? answer.error ?? `The sandbox answered ${response.status}.` };
  } catch {
    return { ok: false, error: "The sandbox does not answer." };
  }
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);

export const fileAddress = (person, file) => `/control/files/${encodeURIComponent(file)}?as=${encodeURIComponent(person)}`;

const SEATS = ["customer", "agent", "manager"];

/** Everybody one can be here: customers, then agents, then managers. */
export async function people() {
  const answer = await get("/control/people");
  return (answer.people ?? []).toSorted((one, other) => SEATS.indexOf(one.role) - SEATS.indexOf(other.role));
}

export async function traffic(after) {
  const answer = await get(`/control/traffic?after=${after}`);
  return answer.records ?? [];
}
export const clearTraffic = () => post("/control/traffic/clear", {});
