// What a journey through an app is made of: one browser, one page, and steps
// that pass or end it. A journey is a program that imports this and ends with
// finish:
//
//   node JOURNEY.mjs BASEURL [--ignore-certificate] [--http3]
//
// It prints what it saw as one JSON object, and exits 1 when a step fails:
//
//   steps          the steps that passed, in order
//   errors         whatever should not have been: a failed step, console errors
//                  and warnings, CSP violations, uncaught errors, lost requests;
//                  addresses begin at the root of the site
//   provoked       the failed loads that a step announced
//   cookies        what the browser held when the journey looked
//   protocols      by which pages came, as the browser names them
//
// The browser is $CHROMIUM or Debian's.

import { setTimeout as delay } from "node:timers/promises";
import { chromium, options } from "./chromium.mjs";

const [address, ...flags] = process.argv.slice(2);
if (!address || flags.some((flag) => !["--ignore-certificate", "--http3"].includes(flag))) {
  console.error("usage: node JOURNEY.mjs BASEURL [--ignore-certificate] [--http3]");
  process.exit(2);
}

const patience = 30_000; // ms for one wait
const limit = 140_000; // ms for the whole

export const base = address;
export const saw = { steps: [], errors: [], provoked: [], cookies: [], protocols: [] };
const due = []; // failed loads that a step has announced and the browser not yet told

setTimeout(() => finish(`the journey took more than ${limit} ms`), limit).unref();

export const browser = await chromium.launch(options(...(flags.includes("--http3")
  ? [`--origin-to-force-quic-on=${new URL(base).host}`, "--host-resolver-rules=MAP localhost 127.0.0.1"]
  : ["--disable-quic"])));
export const context = await browser.newContext({
  baseURL: base,
  ignoreHTTPSErrors: flags.includes("--ignore-certificate"),
});
context.setDefaultTimeout(patience);
await context.exposeFunction("reportViolation", (violation) => complain(`csp: ${violation}`));
await context.addInitScript(() => {
  document.addEventListener("securitypolicyviolation", (event) => {
    window.reportViolation(`${event.effectiveDirective} ${event.blockedURI} on ${event.documentURI}`);
  });
});
export const page = await tab();

// tab opens a page beside the others.
export async function tab() {
  const page = await context.newPage();
  watch(page);
  return page;
}

// step runs one part of the journey and ends the journey when it fails. What
// it provokes are failed loads that the browser will tell once: "REASON PATH".
export async function step(name, act, ...provokes) {
  due.push(...provokes);
  try {
    await act();
    saw.steps.push(name);
    const by = await page.evaluate(() => performance.getEntriesByType("navigation")[0]?.nextHopProtocol);
    if (by && !saw.protocols.includes(by)) saw.protocols.push(by);
  } catch (err) {
    await finish(`step ${name} on ${page.url()}: ${err.message.replace(/\x1b\[\d+m/g, "")}`);
  }
}

export async function finish(failure) {
  if (failure) {
    saw.errors.unshift(failure);
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT }).catch(() => {});
  }
  await browser?.close();
  process.stdout.write(`${JSON.stringify(saw, null, 2)}\n`, () => process.exit(failure ? 1 : 0));
  await new Promise(() => {}); // nothing more happens
}

// complain notes what should not have been. What differs between two runs of
// one journey is the address of the site: it goes.
function complain(what) {
  const { protocol, host } = new URL(base);
  const sockets = `${protocol.replace("http", "ws")}//${host}`;
  saw.errors.push(what.replaceAll(new URL(base).origin, "").replaceAll(sockets, ""));
}

function watch(page) {
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    const { url } = message.location();
    const status = /^Failed to load resource: .* status of (\d+)/.exec(message.text())?.[1];
    if (!(status && announced(status, url))) complain(`console: ${message.type()}: ${plain(message.text())} (${url.split("?")[0]})`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    if (announced(reason, request.url()) || reason === "net::ERR_ABORTED") return; // the page let go of it, or was left
    complain(`request: ${request.method()} ${request.url()}: ${reason}`);
  });
  page.on("pageerror", (err) => complain(`uncaught: ${err.message}`));
  page.on("crash", () => complain("the page crashed"));
}

// plain leaves out the reason phrase of a status: HTTP/2 has none.
function plain(text) {
  return text.replace(/(status of \d+) \(.*\)$/, "$1");
}

// announced takes a failed load off the list of those that are due.
function announced(reason, url) {
  const at = due.indexOf(`${reason} ${new URL(url).pathname}`);
  if (at >= 0) saw.provoked.push(...due.splice(at, 1));
  return at >= 0;
}

// cookies are those of the app. They are asked of the browser itself: Playwright tells
// Lax where nothing was set. By __Host-device Pavise knows a browser again.
export async function cookies() {
  const browserSession = await context.newCDPSession(page);
  const { cookies } = await browserSession.send("Network.getCookies", { urls: [base] });
  await browserSession.detach();
  return cookies.filter(({ name }) => name !== "__Host-device").map(({ name, secure, httpOnly, sameSite = "" }) => ({ name, secure, httpOnly, sameSite }));
}

// shows waits for an element to say something: what leads to it may still be on its way.
export async function shows(selector, want, on = page) {
  const end = Date.now() + patience;
  let got;
  do {
    await on.waitForLoadState(); // to leave a page that still loads would abort its images
    got = await on.textContent(selector).then((text) => text.trim(), (err) => err.message);
    if (got === want) return;
    await delay(50);
  } while (Date.now() < end);
  equal(got, want, selector);
}

// arrives waits for the page to be at a path.
export async function arrives(path) {
  await page.waitForURL((url) => url.pathname === path);
}

export function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}
