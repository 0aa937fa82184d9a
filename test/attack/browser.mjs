// node browser.mjs SHOP ATTACKER SIBLING
//
// Logs in at the shop with a real browser, and then opens the pages of an attacker:
// on another site, and on a sibling host of the shop. Prints as JSON what the
// browser saw; what reached the shop, the shop itself knows.

import { mkdirSync, writeFileSync } from "node:fs";
import { chromium, options } from "../browser/chromium.mjs";

const [shop, attacker, sibling] = process.argv.slice(2);
const limit = 60_000; // ms for the whole

setTimeout(() => { console.error(`more than ${limit} ms`); process.exit(1); }, limit).unref();

// A profile that lets pages elsewhere send the shop's cookies, as browsers long did.
const profile = process.env.HOME + "/profile";
mkdirSync(profile + "/Default", { recursive: true });
writeFileSync(profile + "/Default/Preferences", JSON.stringify({ profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }));
const context = await chromium.launchPersistentContext(profile, { ignoreHTTPSErrors: true, ...options("--disable-quic") });
process.on("SIGTERM", () => context.close().finally(() => process.exit(1)));
context.setDefaultTimeout(15_000);

const saw = {};
await visit(shop + "/login", () => {});
saw.ownForm = await posted(shop + "/form?to=" + encodeURIComponent(shop));
saw.ownSocket = await socket(shop);
saw.foreignForm = await posted(attacker + "/form?to=" + encodeURIComponent(shop));
saw.siblingForm = await posted(sibling + "/form?to=" + encodeURIComponent(shop));
saw.sandboxedForm = await posted(attacker + "/sandbox?to=" + encodeURIComponent(shop));
await sent(attacker);
await sent(sibling);
saw.foreignSocket = await socket(attacker);
saw.siblingSocket = await socket(sibling);
saw.framed = await framed(attacker);
console.log(JSON.stringify(saw));
await context.close();

// visit opens a page of its own, and closes it when there is nothing more to see.
async function visit(address, look) {
  const page = await context.newPage();
  const seen = look(page);
  await page.goto(address);
  const result = await seen;
  await page.close();
  return result;
}

// posted opens a page that sends a form by itself, and returns the status of the
// answer to that form.
function posted(address) {
  return visit(address, async (page) => (await page.waitForResponse((r) => r.request().method() === "POST")).status());
}

// sent posts by script with the cookies of the shop, as text, which needs no leave.
// The browser keeps the answer from the page, and from us.
function sent(from) {
  return visit(from + "/empty", async (page) => {
    const post = (r) => r.method() === "POST";
    const over = Promise.race([page.waitForEvent("requestfinished", post), page.waitForEvent("requestfailed", post)]);
    await page.waitForEvent("load");
    await page.evaluate((to) => {
      fetch(to + "/transfer", { method: "POST", mode: "no-cors", credentials: "include", body: '{"to":"mallory"}' }).catch(() => {});
    }, shop);
    await over;
  });
}

// socket opens a WebSocket to the shop from a page of that origin.
function socket(from) {
  return visit(from + "/empty", async (page) => {
    await page.waitForEvent("load");
    return page.evaluate((to) => new Promise((done) => {
      const s = new WebSocket(to.replace("https:", "wss:") + "/ws");
      s.onopen = () => { s.close(); done(true); };
      s.onerror = () => done(false);
    }), shop);
  });
}

// framed tells whether the shop's page shows in a frame of that origin.
function framed(from) {
  return visit(from + "/frame?to=" + encodeURIComponent(shop), async (page) => {
    await page.waitForEvent("load");
    const inner = page.frames().find((f) => f !== page.mainFrame());
    return (await inner.content()).includes("Transfer");
  });
}
