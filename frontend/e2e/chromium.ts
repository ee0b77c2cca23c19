/**
 * The system's Chromium. It may run as root in a machine without a GPU, and
 * must not look for the network by itself.
 */
export const chromium = {
  launchOptions: {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--host-resolver-rules=MAP wall.lan 127.0.0.1", // the hub as another machine finds it
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
};
