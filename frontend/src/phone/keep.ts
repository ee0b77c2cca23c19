import type { Pending, Shelf } from "../client/outbox";

/** What this phone keeps of one wall. A phone that lets nothing be kept still works until the page goes. */
export class Keep {
  constructor(readonly code: string) {}

  read<T>(name: string, otherwise: T): T {
    try {
      const text = localStorage.getItem(`wall:${this.code}:${name}`);
      return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
      return otherwise;
    }
  }

  write(name: string, value: unknown): void {
    try {
      localStorage.setItem(`wall:${this.code}:${name}`, JSON.stringify(value));
    } catch {
      // Full, or forbidden: the page has it still.
    }
  }

  /** Where the outbox lies while the page is away. */
  get outbox(): Shelf {
    return {
      load: () => this.read<Pending[]>("outbox", []),
      save: (list) => this.write("outbox", list),
    };
  }
}

/** The language chosen on this phone, for every wall. */
export const language = {
  get: (): string | null => {
    try {
      return localStorage.getItem("wall:language");
    } catch {
      return null;
    }
  },
  set: (lang: string): void => {
    try {
      localStorage.setItem("wall:language", lang);
    } catch {
      // Then it is asked for again.
    }
  },
};
