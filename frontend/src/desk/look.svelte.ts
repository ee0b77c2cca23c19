import { remember, remembered } from "./say.svelte";

export type Look = "auto" | "light" | "dark";
const KEY = "wall.desk.look";
const night = matchMedia("(prefers-color-scheme: dark)");

/** Light or dark, as the device has it or as the moderator chose. */
class Looks {
  chosen = $state<Look>((remembered(KEY) as Look | null) ?? "auto");
  #night = $state(night.matches);

  constructor() {
    night.addEventListener("change", (e) => (this.#night = e.matches));
  }
  get now(): "light" | "dark" {
    return this.chosen === "auto" ? (this.#night ? "dark" : "light") : this.chosen;
  }
  choose(look: Look): void {
    this.chosen = look;
    remember(KEY, look);
  }
}
export const looks = new Looks();
