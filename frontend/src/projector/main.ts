import "../ui/base.css";
import "./projector.css";
import { mount } from "svelte";
import { bring } from "../ui/icons";
import { MORE } from "../ui/moreicons";
import Page from "./Page.svelte";

const AGAIN = 5000;

/**
 * A projector link's secret is after the #: it is changed for a cookie, and
 * leaves the address once the hub has answered. False: it has not.
 */
async function enter(code: string): Promise<boolean> {
  const secret = location.hash.slice(1);
  if (!secret) return true;
  const answer = await fetch(`/${code}/enter`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ secret }),
    signal: AbortSignal.timeout(AGAIN),
  }).catch(() => undefined);
  if (!answer || answer.status >= 500) return false;
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}

/** Tries again for as long as it takes, while the page says what it waits for. */
async function enterLater(code: string): Promise<void> {
  do await new Promise((done) => setTimeout(done, AGAIN));
  while (!(await enter(code)));
  location.reload();
}

bring(MORE);
// A new link pasted over the address changes no more than what is after the #.
addEventListener("hashchange", () => location.reload());
const code = location.pathname.split("/")[1] ?? "";
const name = new URLSearchParams(location.search).get("display") || "1";
if (!(await enter(code))) void enterLater(code);
mount(Page, { target: document.getElementById("app")!, props: { code, name } });
