// The steps of a journey that are about the session: through a shop with a cart before
// the login, a login among parallel requests, a second tab, a logout in one tab, and the
// way back. Each shop has the same few pages (express/app/app.js, php/app/index.php).
//
//   held     what the browser keeps of the cookies that the app sees: their names and values
//   script   what a script can read of the browser's cookies

import { createHash, randomBytes } from "node:crypto";
import { arrives, context, cookies, equal, page, saw, shows, step, tab } from "./traveller.mjs";

const parallel = 20;
const password = "lovelace-and-babbage";

export async function visitor() {
  await step("cart before the login", async () => {
    await page.goto("/");
    await page.click("#add-1");
    await shows("#cart", "1 × pavise");
  });
}

// logsIn logs in while other requests are on their way: some begin before it and end
// after it, the others begin the moment it has ended.
export async function logsIn() {
  await step("wrong login", async () => {
    await page.goto("/login");
    await page.fill("input[name=name]", "ada");
    await page.fill("input[name=password]", password + "?");
    const [response] = await Promise.all([page.waitForNavigation(), page.click("button")]);
    equal(response.status(), 401, "status");
    await shows("#error", "Wrong name or password.");
  }, "401 /login");

  await step("login among parallel requests", async () => {
    const got = await page.evaluate(async ({ password, parallel }) => {
      const early = Array.from({ length: 4 }, (_, n) => fetch(`/slow?ms=400&n=${n}`)); // each has a connection of its own, of the six of HTTP/1.1
      await new Promise((done) => setTimeout(done, 100));
      const form = new URLSearchParams(new FormData(document.forms[0]));
      form.set("name", "ada");
      form.set("password", password);
      const login = await fetch("/login", { method: "POST", body: form });
      const late = Array.from({ length: parallel - early.length }, (_, n) => fetch(`/whoami?n=${n}`));
      const users = async (list) => (await Promise.all(list.map(async (r) => (await (await r).json()).user))).join();
      return { status: login.status, at: new URL(login.url).pathname, early: await users(early), late: await users(late) };
    }, { password, parallel });
    equal(got.early.replaceAll("ada", ""), ",,,", "for whom the early were"); // as soon as a worker had time for them
    equal({ ...got, early: "" }, { status: 200, at: "/account", early: "", late: Array(parallel - 4).fill("ada").join() }, "for whom the late were");
    await page.goto("/account");
    await shows("#user", "ada");
    await page.goto("/cart");
    await shows("#cart", "1 × pavise");
  });

  await step("cookies", async () => {
    saw.cookies = await cookies();
    const { cookie } = await whoami();
    saw.script = await page.evaluate(() => document.cookie);
    const shown = JSON.stringify(await context.cookies());
    saw.held = cookie.split("; ").filter((pair) => !pair.startsWith("__Host-device=")).flatMap((pair) => pair.split(/=(.*)/s, 2)).filter((part) => shown.includes(part));
  });
}

export async function secondTab() {
  await step("second tab", async () => {
    const other = await tab();
    await other.goto("/");
    await other.click("#add-1");
    await other.waitForURL("**/cart");
    await page.goto("/cart");
    await shows("#cart", "2 × pavise");
    await other.close();
  });
}

export async function uploads() {
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
}

// talks over a WebSocket, which knows who is logged in.
export async function talks() {
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
}

export async function logsOut() {
  await step("logout in another tab", async () => {
    await page.goto("/account");
    const other = await tab();
    await other.goto("/account");
    await other.click("text=Log out");
    await other.waitForURL("**/");
    await other.close();
    await page.reload();
    await arrives("/login");
    await page.goto("/cart");
    await shows("#cart", "");
    equal((await whoami()).user, "", "whose session it is");
  });

  await step("back", async () => {
    await page.goBack();
    await page.reload();
    await arrives("/login");
  });
}

function whoami() {
  return page.evaluate(async () => (await fetch("/whoami")).json());
}
