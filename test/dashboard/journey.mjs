// An operator's day at the dashboard: every page in both schemes, by keyboard alone, and
// without scripts. The token comes in TOKEN, and TLS=1 says that there is none to enter by.
//
//   held   the pages that axe found nothing on

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { arrives, base, browser, context, equal, finish, page, saw, shows, step } from "../browser/traveller.mjs";

const require = createRequire(new URL("../browser/traveller.mjs", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const pages = ["/", "/refusals?show=all", "/observed", "/request?id=5f0c3b1e9a7d2468", "/certificates", "/bans", "/windows",
  "/scan?site=blog", "/scan?site=none", "/exempt?id=5f0c3b1e9a7d2468"];
saw.held = [];

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// accessible looks at the page as it stands, by rules of axe or by all.
async function accessible(name, runOnly = rules) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((runOnly) => window.axe.run({ runOnly, resultTypes: ["violations"] }), runOnly);
  const told = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")}`);
  equal(told, [], `what axe says of ${name}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  equal(over > 0, false, `whether ${name} is wider than the window`);
  equal(await page.locator("main script, main img").count(), 0, `markup of strangers on ${name}`);
  saw.held.push(name);
}

// tabTo presses Tab until something with the name has the focus.
async function tabTo(name) {
  for (let n = 0; n < 80; n++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate((name) => {
      const at = document.activeElement;
      const outline = getComputedStyle(at).outlineStyle;
      const said = at.labels?.[0]?.textContent || at.textContent;
      return said.replace(/\s+/g, " ").trim().startsWith(name) && { outline };
    }, name);
    if (found) {
      equal(found.outline, "solid", `how the focus is shown on ${name}`);
      return;
    }
  }
  throw new Error(`no Tab leads to ${name}`);
}

await step("login page", async () => {
  await page.goto("/login");
  await accessible("/login");
});

await step("token", async () => {
  await page.goto(`/enter?token=${process.env.TOKEN}`);
  await arrives("/");
  equal(await page.evaluate(() => document.referrer), "", "referrer");
  await page.goBack();
  equal(page.url().includes("token"), false, "whether the token is in the history");
  await page.goto(`/enter?token=${process.env.TOKEN}`);
  await shows("h1", "Log in");
}, "422 /enter");

for (const [scheme, width, by] of [["light", 1280, rules], ["dark", 360, ["color-contrast", "scrollable-region-focusable", "target-size"]]]) {
  await step(`every page, ${scheme}, ${width} wide`, async () => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 800 });
    for (const at of pages) {
      await page.goto(at);
      await accessible(`${at} ${scheme}`, by);
    }
  });
}

await step("exempts by keyboard alone", async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto("/refusals");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // the skip link
  equal(await page.evaluate(() => document.activeElement.id), "main", "where the skip link leads to");
  await tabTo("Exempt requests.origin");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/exempt?*");
  await tabTo("Reason");
  await page.keyboard.type("signed by the payment provider");
  await tabTo("Look at the change");
  await page.keyboard.press("Enter");
  await shows("h1", "Look at the change");
  await accessible("preview");
  await tabTo("Write it and reload");
  await page.keyboard.press("Enter");
  await shows("h1", "Written");
  await accessible("written");
});

await step("renews itself, until it is paused", async () => {
  await page.clock.install();
  await page.goto("/refusals");
  let asked = 0;
  page.on("request", (r) => { if (r.headers()["pavise-live"]) asked++; });
  const renewed = page.waitForResponse((r) => r.request().headers()["pavise-live"]);
  await page.clock.fastForward(5000);
  equal((await renewed).status(), 200, "status of what renews");
  await page.waitForFunction(() => document.querySelector(".events .row code"));
  await page.click("#pause");
  equal(await page.getAttribute("#pause", "aria-pressed"), "true", "whether it says that it is paused");
  const before = asked;
  await page.clock.fastForward(60000);
  equal(asked, before, "requests while it is paused");
});

await step("bans and opens a window without scripts", async () => {
  const plain = await browser.newContext({ baseURL: base, javaScriptEnabled: false, storageState: await context.storageState() });
  const tab = await plain.newPage();
  await tab.goto("/refusals?find=guard");
  equal(await tab.locator(".events .row:not(.heads)").count(), 1, "refusals that hold guard");
  equal(await tab.locator("#pause").isVisible(), false, "whether there is a button that does nothing");
  await tab.goto("/bans");
  await tab.fill("#network", "198.51.100.77");
  await tab.fill("#reason", "scrapes prices");
  await tab.click("text=Ban …");
  await shows("h2", "Ban 198.51.100.77?", tab);
  await tab.click("button.danger");
  await shows("[role=status]", "The network is banned.", tab);
  await tab.goto("/windows");
  await tab.fill("#networks", "192.0.2.9");
  await tab.fill("#reason", "yearly scan");
  await tab.click("text=Open …");
  await tab.click("button.danger");
  await shows("[role=status]", "The window is open.", tab);
  await plain.close();
});

await step("logs out", async () => {
  await page.goto("/");
  await page.click("text=Log out");
  await arrives("/login");
  await page.goto("/bans");
  await arrives("/login");
});

await finish();
