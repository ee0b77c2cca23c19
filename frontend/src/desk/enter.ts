/** How it went to come in. */
export type Entered = "in" | "spent" | "unknown" | "plain" | "away" | "none";

/** The wall's code, from the address. */
export const codeOf = (path: string): string => path.split("/")[1] ?? "";

/**
 * Comes in with the secret of a personal link. It stands after the "#", so it
 * has not been in any log; it leaves the address bar as soon as it is used.
 */
export async function enter(code: string, hash: string): Promise<Entered> {
  const secret = decodeURIComponent(hash.replace(/^#/, ""));
  if (!secret) return "none";
  let answer: Response;
  try {
    answer = await fetch(`/${code}/enter`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ secret }),
    });
  } catch {
    return "away"; // The link is not spent: it stays in the address, to be tried again.
  }
  if (answer.ok) return "in";
  if (answer.status === 403) return "plain";
  if (answer.status !== 401) return "away";
  const { code: why } = (await answer.json().catch(() => ({}))) as { code?: string };
  return why === "spent" ? "spent" : "unknown";
}
