/** A person at the desk, as the owner's list has it. */
export interface Moderator {
  id: string;
  name: string;
  role: string;
  since: number;
  /** When the link was opened; 0: not yet. */
  used: number;
}
/** A wall of the installation. */
export interface Standing {
  code: string;
  title: string;
  /** It is gone, damaged, or a newer version's: it has no title here. */
  unreadable?: boolean;
}

/** An answer that was not yes. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      ...(body !== undefined && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new Refused("unavailable");
  }
  const said = (await answer.json().catch(() => ({}))) as T & { code?: string };
  if (!answer.ok) throw new Refused(said.code ?? "unavailable");
  return said;
}

/** What the owner asks of the installation about one wall. */
export class Owner {
  #at: string;
  constructor(code: string) {
    this.#at = `/${code}`;
  }
  people = async () => (await ask<{ people: Moderator[] }>("GET", `${this.#at}/people`)).people;
  invite = (name: string) => ask<{ id: string; link: string }>("POST", `${this.#at}/people`, { name });
  revoke = (id: string) => ask<unknown>("DELETE", `${this.#at}/people/${encodeURIComponent(id)}`);
  newCode = () => ask<{ code: string }>("POST", `${this.#at}/code`, {});
  projectorLink = () => ask<{ link: string }>("POST", `${this.#at}/projector-link`, {});
  revokeProjectors = () => ask<unknown>("DELETE", `${this.#at}/projector-link`);
  walls = async () => (await ask<{ walls: Standing[] }>("GET", "/walls")).walls;
  makeWall = (title: string, question: string) => ask<{ code: string; link: string }>("POST", "/walls", { title, question });
}
