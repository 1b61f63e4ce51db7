// Who somebody is: a person has one id, and an account on each platform.
const NUMBER = /^\d+$/;

/** By their id or by that of an account of theirs; undefined for somebody who is not known. */
export function personOf(state, id) {
  if (state.people[id]) return state.people[id];
  return NUMBER.test(id ?? "") ? Object.values(state.people).find((person) => Object.values(person.accounts ?? {}).includes(id)) : undefined;
}

/** Whether they belong to Discord alone: ids there are numbers. */
export const isOfDiscord = (person) => NUMBER.test(person.id);

/** Whether they can be met on that platform. */
export const isOn = (person, platform) => (platform === "discord" ? isOfDiscord(person) || Boolean(person.accounts?.discord) : !isOfDiscord(person));

export const accountOf = (person) => person.accounts?.discord ?? person.id;
