// The browser of every test: $CHROMIUM or Debian's, quiet but for the page.

export { chromium } from "playwright-core";

// options launches it with the flags, which say how to treat QUIC.
export function options(...flags) {
  return {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", ...flags,
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  };
}
