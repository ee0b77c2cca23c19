import type { Desk } from "./desk.svelte";
import { focusedNote, stepFocus } from "./focus";
import { isWriting, keyAct } from "./keys";
import { openNoteMenu } from "./noteacts";
import { speech, t } from "./say.svelte";
import { quoted } from "./words";

/** A key pressed anywhere on the desk. */
export function press(desk: Desk, e: KeyboardEvent): void {
  if (e.defaultPrevented || desk.covered > 0 || desk.menu) return;
  if (desk.drag.on) {
    if (e.key === "Escape") desk.drag.cancel();
    return;
  }
  const el = document.activeElement;
  const arrow = e.key.startsWith("Arrow");
  // Radios, tabs and lists have arrow keys of their own.
  if (arrow && el?.closest("[role=radiogroup], [role=tablist], [role=menu], select, input")) return;
  const act = keyAct(e, desk.keysOn, isWriting(el), speech.dir === "rtl");
  if (act && run(desk, act)) e.preventDefault();
}

/** Does what a key means. False: it meant nothing here. */
function run(desk: Desk, act: NonNullable<ReturnType<typeof keyAct>>): boolean {
  switch (act) {
    case "next":
    case "previous":
      return step(desk, act === "next" ? 1 : -1);
    case "forward":
      return (desk.remote.forward(), true);
    case "back":
      return (desk.remote.back(), true);
    case "blank":
      return (desk.remote.blank(), true);
    case "search":
      return (desk.search(), true);
    case "help":
      return (desk.open({ kind: "shortcuts" }), true);
    case "undo":
      void desk.acts.undoLast();
      return true;
    case "leave":
      return leave(desk);
  }
  const here = focusedNote();
  const n = desk.notes.get(here?.id ?? (desk.place === "board" ? desk.cursor : ""));
  if (!n) return false;
  if (act.startsWith("theme")) {
    const theme = desk.themes[Number(act.slice(5)) - 1];
    if (theme) desk.drop([n.id], { to: `theme:${theme.id}` });
    return !!theme;
  }
  switch (act) {
    case "show":
      if (n.state !== "shown") desk.show([n.id]);
      return true;
    case "archive":
    case "hide":
      return (desk.ask(act, [n.id]), true);
    case "group":
      return (desk.open({ kind: "move", ids: [n.id] }), true);
    case "merge":
      return (merge(desk, n.id), true);
    case "answer":
      return (desk.open({ kind: "answer", ids: [n.id] }), true);
    case "project":
      return (desk.remote.project(n.id), true);
    case "queue":
      return (desk.remote.queue([n.id]), true);
    case "menu": {
      const anchor = document.activeElement?.closest<HTMLElement>("[data-note]") ?? undefined;
      if (anchor) openNoteMenu(desk, n, anchor);
      return !!anchor;
    }
  }
  return false;
}

/** M merges with the note that is proposed; without one, it asks which. */
function merge(desk: Desk, id: string): void {
  const n = desk.notes.get(id)!;
  const twin = desk.twin(n);
  if (twin && n.state === "waiting") {
    desk.merge(twin.id, [id]);
    desk.acts.announced = t("desk.merged.with", { note: quoted(twin) });
  } else desk.open({ kind: "merge", ids: [id] });
}

/** The next or previous note: in the list that focus is in, else in the inbox. */
function step(desk: Desk, by: 1 | -1): boolean {
  if (stepFocus(by)) return true;
  if (desk.place !== "board") return false;
  const list = desk.inbox;
  const at = list.findIndex((n) => n.id === desk.cursor);
  const to = list[Math.min(list.length - 1, Math.max(0, at + by))] ?? list[0];
  if (!to) return false;
  desk.cursor = to.id;
  void desk.focus(to.id, "[data-inbox]");
  return true;
}

function leave(desk: Desk): boolean {
  if (desk.asking) desk.asking = undefined;
  else if (desk.selecting) {
    desk.selecting = false;
    desk.selected.clear();
  } else if (desk.place === "search") desk.place = "board";
  else return false;
  return true;
}
