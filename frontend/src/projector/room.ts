/** What the room needs of the computer at the projector: no cursor, no sleep, and to start over by itself. */

/**
 * The host that the wall's code leads to, as the code itself says it: this
 * page may have been opened by a name that only this machine knows.
 */
export async function joinHost(code: string): Promise<string | undefined> {
  try {
    const drawn = await (await fetch(`/${code}/qr.svg`)).text();
    return new URL(/<title>([^<]*)</.exec(drawn)?.[1] ?? "").host;
  } catch {
    return undefined; // Not to be had now: the page's own address stands there.
  }
}

/** Hides the cursor when it has not moved for three seconds. Returns what ends it. */
export function idleCursor(after = 3000): () => void {
  const root = document.documentElement;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const moved = () => {
    root.classList.remove("idle");
    clearTimeout(timer);
    timer = setTimeout(() => root.classList.add("idle"), after);
  };
  moved();
  addEventListener("pointermove", moved);
  return () => {
    clearTimeout(timer);
    removeEventListener("pointermove", moved);
  };
}

/** Keeps the screen on where the browser can (not on plain-HTTP pages). Returns what ends it. */
export function keepAwake(): () => void {
  if (!("wakeLock" in navigator)) return () => undefined;
  let lock: WakeLockSentinel | undefined;
  let ended = false;
  // The browser takes the lock back whenever the page is hidden.
  const ask = () => {
    if (ended || document.visibilityState !== "visible" || (lock && !lock.released)) return;
    navigator.wakeLock.request("screen").then(
      (l) => {
        lock = l;
        if (ended) void l.release();
      },
      () => undefined,
    );
  };
  ask();
  document.addEventListener("visibilitychange", ask);
  return () => {
    ended = true;
    document.removeEventListener("visibilitychange", ask);
    void lock?.release();
  };
}

const AGAIN = 5000;

/**
 * Loads the page again, but only when the server gives it: a browser's own
 * error page, or the server's about a wall that is not there, would hang in the
 * hall until somebody comes. Returns what ends it.
 */
export function startOver(after: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const attempt = () => {
    fetch(location.href, { cache: "no-store" }).then(
      (r) => (r.ok ? location.reload() : again()),
      () => again(),
    );
  };
  const again = () => (timer = setTimeout(attempt, Math.max(after, AGAIN)));
  timer = setTimeout(attempt, after);
  return () => clearTimeout(timer);
}
