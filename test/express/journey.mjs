// node journey.mjs BASEURL [--ignore-certificate]
//
// Goes through the whole shop in a real browser. Beside what every journey
// prints (../browser/traveller.mjs, ../browser/sessions.mjs) it tells:
//
//   http404Body, http500Body   the source of the two error pages

import { randomBytes } from "node:crypto";
import { logsIn, logsOut, secondTab, talks, uploads, visitor } from "../browser/sessions.mjs";
import { base, equal, finish, page, saw, shows, step } from "../browser/traveller.mjs";

await step("home", async () => {
  equal(await page.goto("/").then((r) => r.status()), 200, "status");
  await shows("h1", "Shop");
  const shield = page.locator("h1 img");
  equal(await shield.evaluate((img) => img.complete && img.naturalWidth > 0), true, "the image is there");
});

await visitor();
await logsIn();
await step("scheme", async () => {
  await page.goto("/account");
  await shows("#seen", new URL(base).protocol.slice(0, -1));
});
await secondTab();
await uploads();
await talks();

await step("server-sent events", async () => {
  await page.goto("/ticks");
  const ticks = page.locator("#ticks li");
  await ticks.nth(4).waitFor();
  const at = await ticks.evaluateAll((list) => list.map((tick) => Number(tick.dataset.at)));
  equal(at.length, 5, "number of events");
  if (at[4] - at[0] < 100) throw new Error(`events sent over 400 ms came within ${at[4] - at[0]} ms: something held them back`);
}, "net::ERR_ABORTED /events"); // the page closes the stream after the fifth

await step("fetch", async () => {
  await page.goto("/stock");
  await page.locator("#items li", { hasText: "arrows" }).waitFor();
  const name = `banner ${randomBytes(4).toString("hex")}`;
  await page.fill("input[name=name]", name);
  await page.click("button");
  await page.locator("#items li", { hasText: name }).waitFor();
});

await step("own JSON error", async () => {
  await page.fill("input[name=name]", "");
  await page.click("button");
  await page.locator("#problem", { hasText: "name is required" }).waitFor();
}, "422 /api/items");

await step("range", async () => {
  const got = await page.evaluate(fetchBytes, { from: "/download/catalogue.bin", range: "bytes=5000000-5000007" });
  equal(got.status, 206, "status");
  equal(got.range, `bytes 5000000-5000007/${6 << 20}`, "Content-Range");
  equal(got.bytes, [0, 19, 18, 208, 0, 19, 18, 209], "bytes"); // 1,250,000 and 1,250,001
});

await step("download", async () => {
  const got = await page.evaluate(fetchBytes, { from: "/download/catalogue.bin" });
  const want = await page.evaluate(() => fetch("/api/catalogue").then((r) => r.json()));
  equal([got.status, got.size, got.sha256], [200, want.size, want.sha256], "status, size and sum");
});

await step("not found", async () => {
  const response = await page.goto("/no-such-page");
  equal(response.status(), 404, "status");
  saw.http404Body = await response.text();
}, "404 /no-such-page");

await step("error", async () => {
  const response = await page.goto("/boom");
  equal(response.status(), 500, "status");
  saw.http500Body = await response.text();
}, "500 /boom");

await logsOut();
await finish();

// fetchBytes runs in the page.
async function fetchBytes({ from, range }) {
  const response = await fetch(from, { headers: range ? { Range: range } : {} });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return {
    status: response.status,
    range: response.headers.get("Content-Range"),
    size: bytes.length,
    bytes: [...bytes.subarray(0, 8)],
    sha256: [...sum].map((b) => b.toString(16).padStart(2, "0")).join(""),
  };
}
