import type { Answer, MyNote, Settings } from "../client/protocol";
import type { ToolIcon } from "../ui/icons";
import type { PhoneSpeech } from "./speech";

/** One line of what became of a note. */
export interface Line {
  icon: ToolIcon;
  text: string;
  /** Words that people wrote, to be set apart from the interface's. */
  quote?: string | undefined;
}

export interface Around {
  speech: PhoneSpeech;
  settings: Settings;
  /** The hub's clock. */
  now: number;
  /** The name of the group that the note is in. */
  group?: string | undefined;
  /** How many others the note stands together with. */
  together: number;
  /** Dots, when they are counted for all to see. */
  dots?: number | undefined;
}

/** Says what happened to one's note: its place first, then an answer. */
export function lines(note: MyNote, a: Around): Line[] {
  const list = [place(note, a)];
  if (note.answer && note.state !== "erased") list.push(answered(note.answer, a.speech));
  return list;
}

function place(note: MyNote, { speech, settings, now, group, together, dots }: Around): Line {
  const { t } = speech;
  switch (note.state) {
    case "waiting": {
      if (!note.due) return { icon: "person", text: t("phone.status.read") };
      if (settings.frozen) return { icon: "pause", text: t("phone.status.frozen") };
      const seconds = Math.ceil((note.due - now) / 1000);
      if (seconds > 0) return { icon: "clock", text: t("phone.status.due", { n: seconds }) };
      return { icon: "clock", text: t("phone.status.soon") };
    }
    case "hidden":
    case "archived": {
      const why = `reason.${note.why?.code}`;
      const text = note.why && speech.has(why) ? t("phone.status.notBecause", { reason: t(why) }) : t("phone.status.not");
      return { icon: "archive", text, quote: note.why?.text };
    }
    case "withdrawn":
      return { icon: "undo", text: t("phone.status.withdrawn") };
    case "erased":
      return { icon: "x", text: t("phone.status.erased") };
  }
  const votes = dots ? [t("phone.votes", { n: dots })] : [];
  if (together > 0) return { icon: "merge", text: [t("phone.together", { n: together }), ...votes].join(" · ") };
  return { icon: "check", text: [t("phone.status.shown"), ...votes].join(" · "), quote: group };
}

/** What became of a question. */
export function answered(answer: Answer, speech: PhoneSpeech): Line {
  const { t } = speech;
  if (answer.promise) {
    const date = speech.day(Date.parse(`${answer.promise}T12:00`));
    return { icon: "clock", text: t("phone.answer.promised", { date }), quote: answer.text };
  }
  if (answer.text) return { icon: "check", text: t("phone.answer.written"), quote: answer.text };
  return { icon: "check", text: t("phone.answer.stage", { time: speech.time(answer.at) }) };
}

/** What has to change for a note to be news to its author. */
export function signature(note: MyNote): string {
  return [note.state, note.why?.code, note.cluster, note.merged, note.answer?.at, note.answer?.promise].join("|");
}
