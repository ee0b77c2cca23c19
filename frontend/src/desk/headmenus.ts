import { LANGUAGES } from "../client/speech.svelte";
import type { Desk, Item, Menu } from "./desk.svelte";
import { looks, type Look } from "./look.svelte";
import { speak, speech, t } from "./say.svelte";
import { actAbout, actWords } from "./words";

/** As many acts as a person can look through. */
const ACTS = 30;

/** What was done lately, each to be undone. */
export function actsMenu(desk: Desk, anchor: HTMLElement): Menu {
  const acts = desk.acts.recent.slice(0, ACTS);
  const items: Item[] = acts.map((a) => {
    const words = actWords(a, desk.clock.now);
    const off = !!a.undone || !!a.fixed;
    const hint = a.undone ? t("desk.act.undone") : a.fixed ? t("desk.act.fixed") : actAbout(a, desk.live);
    return {
      label: off ? words : t("desk.undo.last", { act: words }),
      hint,
      icon: off ? "check" : "undo",
      off,
      run: () => void desk.acts.undo(a.rev),
    };
  });
  return { anchor, label: t("desk.acts"), items: items.length ? items : [{ label: t("desk.acts.none"), off: true }] };
}

export function phaseMenu(desk: Desk, anchor: HTMLElement): Menu {
  return {
    anchor,
    label: t("desk.phases.menu"),
    items: [
      {
        label: t("desk.close"),
        hint: t("desk.close.hint"),
        icon: "lock",
        run: () => desk.open({ kind: "close" }),
      },
    ],
  };
}

/** How notes come up: one press changes it. */
export function modeMenu(desk: Desk, anchor: HTMLElement): Menu {
  const m = desk.settings.moderation;
  const mode = (mode: "open" | "delay" | "read"): Item => ({
    label: t(`desk.mode.${mode}`, { n: m.seconds || 10 }),
    hint: t(`desk.mode.${mode}.hint`),
    checked: m.mode === mode,
    run: () =>
      m.mode !== mode &&
      void desk.acts.do(
        "set",
        { setting: "moderation", value: { mode, seconds: m.seconds || 10 } },
        t("desk.done.mode", { name: t(`desk.mode.${mode}`, { n: m.seconds || 10 }) }),
      ),
  });
  const frozen = desk.settings.frozen;
  return {
    anchor,
    label: t("desk.mode"),
    items: [
      mode("open"),
      mode("delay"),
      mode("read"),
      {
        label: t(frozen ? "desk.unfreeze" : "desk.freeze"),
        hint: t("desk.freeze.hint"),
        icon: "snow",
        rule: true,
        run: () => void desk.acts.do("freeze", { on: !frozen }, t(frozen ? "desk.done.unfreeze" : "desk.done.freeze")),
      },
    ],
  };
}

/** Everything else: for all, and below the line for the owner. */
export function mainMenu(desk: Desk, anchor: HTMLElement): Menu {
  const look = (to: Look): Item => ({ label: t(`desk.look.${to}`), checked: looks.chosen === to, run: () => looks.choose(to) });
  const language = (tag: string): Item => ({
    label: LANGUAGES[tag]!,
    checked: speech.lang === tag,
    run: () => speak(tag),
  });
  const items: Item[] = [
    { label: t("desk.paper.write"), icon: "pen", run: () => desk.open({ kind: "paper" }) },
    { label: t("desk.settings"), icon: "gear", run: () => desk.open({ kind: "settings" }) },
    { label: t("desk.report"), icon: "mine", href: `/${desk.code}/report` },
    { label: t("desk.shortcuts"), icon: "info", key: "?", run: () => desk.open({ kind: "shortcuts" }) },
  ];
  if (desk.isOwner) {
    items.push(
      { label: t("desk.people"), icon: "people", rule: true, run: () => desk.open({ kind: "people" }) },
      { label: t("desk.projector"), icon: "expand", run: () => desk.open({ kind: "projector" }) },
      { label: t("desk.newcode"), icon: "qr", run: () => desk.open({ kind: "code" }) },
      { label: t("desk.walls"), icon: "plus", run: () => desk.open({ kind: "walls" }) },
    );
  }
  const [first, ...rest] = Object.keys(LANGUAGES).map(language);
  const [auto, ...other] = (["auto", "light", "dark"] as const).map(look);
  items.push({ ...first!, rule: true }, ...rest, { ...auto!, rule: true }, ...other);
  return { anchor, label: t("desk.menu"), items };
}
