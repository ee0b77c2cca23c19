import { Refused } from "./people";
import { said } from "./say.svelte";

/** What a sheet asks of the installation, and what was wrong with the last of it. */
export class Attempt {
  problem = $state("");

  make = async (what: () => Promise<void>): Promise<void> => {
    this.problem = "";
    try {
      await what();
    } catch (e) {
      this.problem = said(`refusal.${e instanceof Refused ? e.code : "unavailable"}`, "desk.refused.other");
    }
  };
}
