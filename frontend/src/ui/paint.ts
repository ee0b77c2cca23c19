/** Keeps <html data-theme> as the device wishes, now and when it changes its mind. */
export function followDevice(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = (): void => {
    document.documentElement.dataset["theme"] = dark.matches ? "dark" : "light";
  };
  dark.addEventListener("change", paint);
  paint();
}
