import type { Note } from "../client/protocol";
import type { Desk, Item } from "./desk.svelte";
import { isQuestion } from "./columns";
import type { ToolIcon } from "../ui/icons";
import { isolated, t } from "./say.svelte";
import { dayOf, quoted, reasonWords } from "./words";

/** Everything that can be done with one note: its "⋯" menu. */
export function noteItems(desk: Desk, n: Note): Item[] {
  const live = n.state === "waiting" || n.state === "shown";
  const aside = n.state === "hidden" || n.state === "archived";
  const items: (Item | false)[] = [
    n.state !== "shown" && { label: t("desk.act.show"), icon: "check", key: "A", run: () => desk.show([n.id]) },
    aside && { label: t("desk.act.restore"), icon: "restore", run: () => desk.restore([n.id]) },
    live && { label: t("desk.act.move"), icon: "wall", key: "G", run: () => desk.open({ kind: "move", ids: [n.id] }) },
    live && { label: t("desk.act.project"), icon: "expand", key: "P", run: () => desk.remote.project(n.id) },
    live && { label: t("desk.act.queue"), icon: "play", key: "⇧P", run: () => desk.remote.queue([n.id]) },
    live && { label: t("desk.act.merge"), icon: "merge", key: "M", run: () => desk.open({ kind: "merge", ids: [n.id] }) },
    !!n.merged && { label: t("desk.act.unmerge"), icon: "merge", run: () => desk.unmerge([n.id]) },
    ...answerItems(desk, n),
    live && { label: t("desk.act.archive"), icon: "archive", key: "E", run: () => desk.ask("archive", [n.id]), rule: true },
    n.state !== "hidden" && { label: t("desk.act.hide"), icon: "hide", key: "H", run: () => desk.ask("hide", [n.id]) },
    !!n.reports?.length && { label: t("desk.act.dismiss"), icon: "flag", run: () => desk.dismiss([n.id]) },
    !!n.author && {
      label: t(n.muted ? "desk.act.unmute" : "desk.act.mute"),
      icon: "person",
      hint: t(n.muted ? "desk.act.unmute.hint" : "desk.act.mute.hint"),
      run: () => desk.mute(n.id, !n.muted),
    },
    !!n.author && { label: t("desk.act.author"), icon: "people", run: () => desk.open({ kind: "author", id: n.id }) },
    { label: t("desk.act.history"), icon: "clock", run: () => desk.open({ kind: "history", id: n.id }), rule: true },
    desk.isOwner && { label: t("desk.act.erase"), icon: "x", run: () => desk.open({ kind: "erase", ids: [n.id] }) },
  ];
  return items.filter((i) => i !== false);
}

function answerItems(desk: Desk, n: Note): (Item | false)[] {
  if (n.answer) return [{ label: t("desk.act.reopen"), icon: "undo", run: () => desk.answer(n.id, null) }];
  const live = n.state === "waiting" || n.state === "shown";
  return [
    live &&
      isQuestion(n, desk.settings) && {
        label: t("desk.act.answer"),
        icon: "check",
        key: "Q",
        run: () => desk.open({ kind: "answer", ids: [n.id] }),
      },
  ];
}

/** The "⋯" menu of a note, at the button that was pressed or at the note. */
export function openNoteMenu(desk: Desk, n: Note, anchor: HTMLElement): void {
  desk.menu = { anchor, label: t("desk.menu.note"), items: noteItems(desk, n) };
}

/** Where a note is, as a row of the search says it. */
export function noteState(desk: Desk, n: Note): { icon: string; text: string } {
  if (n.state === "archived" || n.state === "hidden") {
    const state = t(n.state === "archived" ? "desk.now.archived" : "desk.now.hidden");
    const why = reasonWords(n.why);
    return { icon: n.state === "archived" ? "archive" : "hide", text: why ? `${state}: ${why}` : state };
  }
  if (n.merged) return { icon: "merge", text: t("desk.state.merged", { note: quoted(desk.notes.get(n.merged), 22) }) };
  if (n.answer)
    return {
      icon: "check",
      text: n.answer.promise ? t("desk.sees.promised", { date: dayOf(n.answer.promise) }) : t("desk.answered"),
    };
  if (n.state === "waiting") return { icon: "clock", text: t("desk.where.waiting") };
  const cluster = n.cluster ? desk.clusters.get(n.cluster) : undefined;
  return { icon: "wall", text: cluster ? t("desk.state.group", { name: isolated(cluster.name) }) : t("desk.state.loose") };
}

interface MainAct {
  name: string;
  label: string;
  long?: string;
  icon: ToolIcon;
  run: () => void;
}

/** The one thing most often done with a note where it is. */
export function mainAct(desk: Desk, n: Note): MainAct {
  if (n.state === "archived" || n.state === "hidden") {
    const long = t(n.live === "shown" ? "desk.restore.wall" : "desk.restore.inbox");
    return { name: "restore", label: t("desk.act.restore"), long, icon: "restore", run: () => desk.restore([n.id]) };
  }
  if (n.merged) return { name: "unmerge", label: t("desk.act.unmerge"), icon: "merge", run: () => desk.unmerge([n.id]) };
  if (n.answer) return { name: "reopen", label: t("desk.act.reopen"), icon: "undo", run: () => desk.answer(n.id, null) };
  if (n.state === "waiting") return { name: "show", label: t("desk.act.show"), icon: "check", run: () => desk.show([n.id]) };
  return { name: "find", label: t("desk.act.find"), icon: "wall", run: () => desk.find(n.id) };
}
