import "../ui/base.css";
import "./projector.css";
import { mount } from "svelte";
import Page from "./Page.svelte";

const AGAIN = 5000;

/**
 * A projector link's secret is after the #: it is changed for a cookie, and
 * leaves the address once the hub has answered. Without network it is tried
 * again for as long as it takes.
 */
async function enter(code: string): Promise<void> {
  const secret = location.hash.slice(1);
  if (!secret) return;
  const ask: RequestInit = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ secret }),
  };
  for (;;) {
    const answer = await fetch(`/${code}/enter`, ask).catch(() => undefined);
    if (answer && answer.status < 500) break;
    await new Promise((done) => setTimeout(done, AGAIN));
  }
  history.replaceState(null, "", location.pathname + location.search);
}

// A new link pasted over the address changes no more than what is after the #.
addEventListener("hashchange", () => location.reload());
const code = location.pathname.split("/")[1] ?? "";
const name = new URLSearchParams(location.search).get("display") || "1";
await enter(code);
mount(Page, { target: document.getElementById("app")!, props: { code, name } });
