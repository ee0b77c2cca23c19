import type { Words } from "./protocol";

type Plural = Partial<Record<Intl.LDMLPluralRule, string>>;
export type Catalogue = Record<string, string | Plural>;
type Args = Record<string, string | number>;

/** What a language knows of numbers: it takes long to make, and each text with a number in it asks. */
const numbers = new Map<string, Intl.NumberFormat>();
const rules = new Map<string, Intl.PluralRules>();

function of<T>(kept: Map<string, T>, lang: string, make: (lang: string) => T): T {
  let it = kept.get(lang);
  if (!it) kept.set(lang, (it = make(lang)));
  return it;
}

/** The languages of the interface, by their own names. */
export const LANGUAGES: Record<string, string> = { sv: "Svenska", en: "English" };
const RTL = /^(ar|fa|ps|ur|he|ckb|ug|yi)\b/;

/** Whether a language is written from right to left. */
export function direction(lang: string): "ltr" | "rtl" {
  return RTL.test(lang) ? "rtl" : "ltr";
}

/**
 * What a face says, in the language chosen. Keys are typed by the first
 * catalogue; a test keeps all catalogues complete.
 */
export class Speech<C extends Catalogue> {
  lang = $state("sv");
  #catalogues: Record<string, C>;

  constructor(catalogues: Record<string, C>, lang: string) {
    this.#catalogues = catalogues;
    this.lang = catalogues[lang] ? lang : "sv";
  }

  get dir(): "ltr" | "rtl" {
    return direction(this.lang);
  }

  /** The text of a key. `{name}` is replaced from args; `n` chooses the plural form. */
  t = (key: keyof C & string, args: Args = {}): string => {
    const entry: string | Plural = this.#catalogues[this.lang]![key] ?? key;
    const text = typeof entry === "string" ? entry : (entry[this.#rules().select(Number(args["n"] ?? 0))] ?? entry.other ?? key);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = args[name];
      return typeof value === "number" ? this.number(value) : (value ?? "");
    });
  };

  /** Whether there is a text for a key that came over the wire. */
  has(key: string): key is keyof C & string {
    return key in this.#catalogues[this.lang]!;
  }

  /** A text that comes in several languages, in this one or the nearest. */
  words(w: Words | undefined, fallback = "sv"): string {
    if (!w) return "";
    return w[this.lang] ?? w[fallback] ?? w["en"] ?? Object.values(w)[0] ?? "";
  }

  /** A number with this language's grouping, in digits 0-9. */
  number(n: number): string {
    return of(numbers, this.lang, (l) => new Intl.NumberFormat([l, "sv"], { numberingSystem: "latn" })).format(n);
  }

  /** A clock time, as 14:05. */
  time(at: number): string {
    return new Intl.DateTimeFormat([this.lang === "en" ? "en-GB" : this.lang, "sv"], {
      hour: "2-digit",
      minute: "2-digit",
      numberingSystem: "latn",
    }).format(at);
  }

  /** A date, as "3 juni". */
  day(at: number): string {
    return new Intl.DateTimeFormat([this.lang === "en" ? "en-GB" : this.lang, "sv"], {
      day: "numeric",
      month: "long",
      numberingSystem: "latn",
    }).format(at);
  }

  #rules(): Intl.PluralRules {
    return of(rules, this.lang, (l) => new Intl.PluralRules([l, "sv"]));
  }
}

/** The first of the device's languages that there is a catalogue for. */
export function preferred(have: readonly string[], stored?: string | null): string {
  if (stored && have.includes(stored)) return stored;
  for (const l of navigator.languages ?? []) {
    const short = l.toLowerCase().split("-")[0]!;
    if (have.includes(short)) return short;
  }
  return "sv";
}
