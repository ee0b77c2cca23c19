import { Speech } from "../client/speech.svelte";
import enCommon from "../locales/en/common.json";
import enPhone from "../locales/en/phone.json";
import svCommon from "../locales/sv/common.json";
import svPhone from "../locales/sv/phone.json";

const catalogues = { sv: { ...svCommon, ...svPhone }, en: { ...enCommon, ...enPhone } };

export type Key = keyof typeof catalogues.sv;
export type PhoneSpeech = Speech<typeof catalogues.sv>;
export const languages = Object.keys(catalogues);

export function makeSpeech(lang: string): PhoneSpeech {
  return new Speech(catalogues, lang);
}

/** How long ago, as a person would say it. */
export function age(speech: PhoneSpeech, at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60000);
  if (minutes < 1) return speech.t("time.now");
  if (minutes < 60) return speech.t("time.minutes", { n: minutes });
  if (minutes < 60 * 24) return speech.t("time.hours", { n: Math.floor(minutes / 60) });
  return speech.day(at);
}
