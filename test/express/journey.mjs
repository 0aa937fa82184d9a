// node journey.mjs BASEURL [--ignore-certificate] [--http3]
//
// Goes through the whole shop in a real browser and prints what it saw as one
// JSON object:
//
//   steps          the steps that passed, in order
//   errors         whatever should not have been: a failed step, console errors
//                  and warnings, CSP violations, uncaught errors, lost requests
//   provoked       the failed loads that a step announced
//   cookies        what the browser held while logged in; sameSite is empty
//                  where the shop set none
//   protocols      by which pages came, as the browser names them
//   http404Body, http500Body   the source of the two error pages
//
// It exits 1 when a step fails. The browser is $CHROMIUM or Debian's.

import { createHash, randomBytes } from "node:crypto";
import { chromium } from "playwright-core";

const [base, ...flags] = process.argv.slice(2);
if (!base || flags.some((flag) => !["--ignore-certificate", "--http3"].includes(flag))) {
  console.error("usage: node journey.mjs BASEURL [--ignore-certificate] [--http3]");
  process.exit(2);
}

const patience = 20_000; // ms for one wait
const limit = 120_000; // ms for the whole

const saw = { steps: [], errors: [], provoked: [], cookies: [], protocols: [], http404Body: "", http500Body: "" };
const due = []; // failed loads that a step has announced and the browser not yet told

setTimeout(() => finish(`the journey took more than ${limit} ms`), limit).unref();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
    ...(flags.includes("--http3")
      ? [`--origin-to-force-quic-on=${new URL(base).host}`, "--host-resolver-rules=MAP localhost 127.0.0.1"]
      : ["--disable-quic"]),
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const context = await browser.newContext({
  baseURL: base,
  ignoreHTTPSErrors: flags.includes("--ignore-certificate"),
});
context.setDefaultTimeout(patience);
await context.exposeFunction("reportViolation", (violation) => saw.errors.push(`csp: ${violation}`));
await context.addInitScript(() => {
  document.addEventListener("securitypolicyviolation", (event) => {
    window.reportViolation(`${event.effectiveDirective} ${event.blockedURI} on ${event.documentURI}`);
  });
});
const page = await context.newPage();
watch(page);

await step("home", async () => {
  equal(await page.goto("/").then((r) => r.status()), 200, "status");
  await shows("h1", "Shop");
  const shield = page.locator("h1 img");
  equal(await shield.evaluate((img) => img.complete && img.naturalWidth > 0), true, "the image is there");
});

await step("wrong login", async () => {
  await logIn("ada", "byron", 401);
  await shows("#error", "Wrong name or password.");
}, "401 /login");

await step("login", async () => {
  await logIn("ada", "lovelace", 200);
  equal(path(), "/account", "path after the login");
  await shows("#user", "ada");
  await shows("#seen", new URL(base).protocol.slice(0, -1));
});

await step("cookies", async () => {
  saw.cookies = await cookies();
  equal(saw.cookies.length, 1, "number of cookies");
  equal(await page.evaluate(() => document.cookie), "", "what a script can read");
});

await step("cart", async () => {
  for (const line of ["1 × pavise", "2 × pavise"]) {
    await page.goto("/");
    await page.click("#add-1");
    await shows("#cart", line);
  }
  equal(path(), "/cart", "path after the purchase");
});

await step("upload", async () => {
  const buffer = randomBytes(3 << 20);
  await page.goto("/upload");
  await page.setInputFiles("input[type=file]", { name: "plan.bin", mimeType: "application/octet-stream", buffer });
  await page.fill("input[name=title]", "naïve & bold");
  await page.click("button");
  await shows("#title", "naïve & bold");
  await shows("#size", String(buffer.length));
  await shows("#sha256", createHash("sha256").update(buffer).digest("hex"));
});

await step("websocket", async () => {
  await page.goto("/chat");
  await page.waitForSelector("#say.open");
  for (const line of ["one", "two", "three"]) {
    await page.fill("input[name=line]", line);
    await page.click("button");
    await page.locator("#lines li", { hasText: `ada: ${line}` }).waitFor();
  }
  equal(await page.locator("#lines li").allTextContents(), ["ada: one", "ada: two", "ada: three"], "echoes");
});

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

await step("logout", async () => {
  await page.goto("/account");
  await page.click("text=Log out");
  await shows("h1", "Shop");
  await page.goto("/account");
  equal(path(), "/login", "path when the account is asked for again");
  await page.goto("/cart");
  await shows("#cart", "");
  equal((await cookies()).map((c) => c.name), saw.cookies.map((c) => c.name), "cookies of a visitor");
});

await finish();

// step runs one part of the journey and ends the journey when it fails. What
// it provokes is a failed load that the browser will tell once: "REASON PATH".
async function step(name, act, provokes) {
  if (provokes) due.push(provokes);
  try {
    await act();
    saw.steps.push(name);
    const by = await page.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol);
    if (!saw.protocols.includes(by)) saw.protocols.push(by);
  } catch (err) {
    await finish(`step ${name} on ${page.url()}: ${err.message.replace(/\x1b\[\d+m/g, "")}`);
  }
}

async function finish(failure) {
  if (failure) saw.errors.unshift(failure);
  await browser?.close();
  process.stdout.write(`${JSON.stringify(saw, null, 2)}\n`, () => process.exit(failure ? 1 : 0));
  await new Promise(() => {}); // nothing more happens
}

function watch(page) {
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    const { url } = message.location();
    const status = /^Failed to load resource: .* status of (\d+)/.exec(message.text())?.[1];
    if (!(status && announced(status, url))) saw.errors.push(`console: ${message.type()}: ${message.text()} (${url})`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    if (reason === "net::ERR_ABORTED" && request.resourceType() === "other") return; // an icon, when the page was left
    if (!announced(reason, request.url())) saw.errors.push(`request: ${request.method()} ${request.url()}: ${reason}`);
  });
  page.on("pageerror", (err) => saw.errors.push(`uncaught: ${err.message}`));
  page.on("crash", () => saw.errors.push("the page crashed"));
}

// announced takes a failed load off the list of those that are due.
function announced(reason, url) {
  const at = due.indexOf(`${reason} ${new URL(url).pathname}`);
  if (at >= 0) saw.provoked.push(...due.splice(at, 1));
  return at >= 0;
}

// cookies asks the browser itself: Playwright tells Lax where nothing was set.
async function cookies() {
  const browserSession = await context.newCDPSession(page);
  const { cookies } = await browserSession.send("Network.getCookies", { urls: [base] });
  await browserSession.detach();
  return cookies.map(({ name, secure, httpOnly, sameSite = "" }) => ({ name, secure, httpOnly, sameSite }));
}

async function logIn(name, password, status) {
  await page.goto("/login");
  await page.fill("input[name=name]", name);
  await page.fill("input[name=password]", password);
  const [response] = await Promise.all([page.waitForNavigation(), page.click("button")]);
  equal(response.status(), status, "status");
}

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

async function shows(selector, want) {
  await page.waitForLoadState(); // to leave a page that still loads would abort its images
  const got = (await page.textContent(selector)).trim();
  equal(got, want, selector);
}

function path() {
  return new URL(page.url()).pathname;
}

function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}
