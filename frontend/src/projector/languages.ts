/** "Write in your language", to be read by those it is for: no translation of the interface. */
export const INVITATIONS = [
  { lang: "sv", dir: "ltr", text: "Skriv på ditt språk", paper: 3 },
  { lang: "en", dir: "ltr", text: "Write in your language", paper: 2 },
  { lang: "ar", dir: "rtl", text: "اكتب بلغتك", paper: 4 },
  { lang: "so", dir: "ltr", text: "Ku qor luqaddaada", paper: 5 },
  { lang: "uk", dir: "ltr", text: "Пишіть своєю мовою", paper: 1 },
  { lang: "fa", dir: "rtl", text: "به زبان خودت بنویس", paper: 2 },
  { lang: "pl", dir: "ltr", text: "Pisz w swoim języku", paper: 4 },
  { lang: "es", dir: "ltr", text: "Escribe en tu idioma", paper: 5 },
  { lang: "fi", dir: "ltr", text: "Kirjoita omalla kielelläsi", paper: 3 },
] as const;
