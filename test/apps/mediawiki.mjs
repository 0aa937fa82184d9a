// Goes through a MediaWiki as Debian installs it, with all its extensions.

import { randomFillSync } from "node:crypto";
import { deflateSync } from "node:zlib";
import { cookies, equal, finish, page, saw, shows, step } from "../browser/traveller.mjs";

const password = "pavise-at-the-gate";

await step("home", async () => {
  equal((await page.goto("/")).status(), 200, "status");
  await shows("#firstHeading", "Main Page");
  await ready();
});

await step("wrong login", async () => {
  await logIn("Ada", "nobody-knows");
  await page.locator(".mw-message-box-error").waitFor();
});

await step("login", async () => {
  await logIn("Ada", password);
  await shows("#pt-userpage", "Ada");
  saw.cookies = await cookies();
});

await step("edit", async () => {
  await page.goto("/index.php?title=Pavise&action=edit");
  const start = page.getByRole("button", { name: "Start editing" }); // in the dialog that welcomes a new editor
  await start.waitFor();
  for (let i = 0; i < 50 && (await start.isVisible()); i++) { // a click is lost while the dialog still opens
    await start.click({ timeout: 1000 }).catch(() => {});
    await page.waitForTimeout(200);
  }
  await page.locator(".oo-ui-windowManager-modal-active").waitFor({ state: "detached" });
  await page.locator(".wikiEditor-ui").waitFor();
  await ready();
  await page.fill("#wpTextbox1", "A '''pavise''' is a tall shield.\n\n== Use ==\nSee [[Main Page]] & <nowiki><script></nowiki>.\n");
  await page.fill("#wpSummary", "naïve & bold");
  await page.click("#wpPreview");
  await page.locator("#wikiPreview b", { hasText: "pavise" }).waitFor();
  await page.click("#wpDiff");
  await page.locator("#wikiDiff .diff-addedline").first().waitFor();
  await page.click("#wpSave");
  await page.locator(".postedit", { hasText: "created" }).waitFor(); // by a cookie that the edit set
  await shows("#firstHeading", "Pavise");
  await shows(".mw-parser-output h2 .mw-headline", "Use");
});

await step("visual edit", async () => { // by the API, with Parsoid
  await page.goto("/index.php?title=Pavise&veaction=edit");
  const surface = page.locator(".ve-ce-documentNode[contenteditable=true]");
  await surface.locator("b", { hasText: "pavise" }).waitFor();
  await surface.locator("p").first().click();
  await page.keyboard.press("End");
  await page.keyboard.type(" Typed by hand.");
  await page.locator(".oo-ui-tool-name-showSave a").click();
  await page.locator(".oo-ui-processDialog-actions-primary a").click();
  await page.locator("#mw-content-text p", { hasText: "Typed by hand." }).first().waitFor();
  await page.locator(".ve-ce-documentNode[contenteditable=true]").waitFor({ state: "detached" });
});

await step("watch", async () => { // a script posts to the API
  await ready();
  await page.locator("#ca-unwatch a, #ca-watch a").first().click();
  await page.locator(".mw-notification", { hasText: "watchlist" }).waitFor();
});

await step("history", async () => {
  await page.goto("/index.php?title=Pavise&action=history");
  await page.locator("#pagehistory li").nth(1).waitFor();
  await page.locator(".mw-history-compareselectedversions-button").first().click();
  await page.locator(".diff-addedline", { hasText: "Typed by hand." }).waitFor();
});

await step("upload", async () => {
  const picture = noise(900, 600);
  await page.goto("/index.php?title=Special:Upload");
  await ready();
  await page.setInputFiles("#wpUploadFile", { name: "shield.png", mimeType: "image/png", buffer: picture });
  await page.fill("#wpDestFile", "Tall shield.png");
  await page.fill("#wpUploadDescription", "Ein großer Schild; <b>100%</b> & more");
  await page.click("input[name=wpUpload]");
  await shows("#firstHeading", "File:Tall shield.png");
  const image = page.locator("#file img");
  equal(await image.evaluate((img) => img.decode().then(() => img.naturalWidth > 0)), true, "the thumbnail is there");
  const whole = await page.evaluate((from) => fetch(from).then((r) => r.arrayBuffer()).then((b) => b.byteLength),
    await page.locator(".fullMedia a.internal").getAttribute("href"));
  equal(whole, picture.length, "size of the picture");
});

await step("search", async () => {
  await page.goto("/index.php?title=Special:Search");
  await ready();
  await page.fill("#searchText input", "shield");
  await page.locator("#searchText input").press("Enter");
  await page.locator(".searchresults").first().waitFor();
  await ready();
  await page.locator("#searchInput").pressSequentially("Pav"); // suggestions by the API
  await page.locator(".suggestions-results a", { hasText: "Pavise" }).first().waitFor();
});

await step("special pages", async () => {
  for (const name of ["SpecialPages", "ListFiles", "Watchlist", "Contributions/Ada"]) {
    equal((await page.goto(`/index.php/Special:${name}`)).status(), 200, name);
    await ready();
  }
  await page.goto("/index.php/Special:RecentChanges");
  await page.locator(".mw-rcfilters-ui-filterTagMultiselectWidget").waitFor();
  await page.locator(".mw-changeslist", { hasText: "Pavise" }).waitFor();
});

await step("preferences", async () => {
  await page.goto("/index.php/Special:Preferences");
  await ready();
  await page.locator("input[name=wprealname]").pressSequentially("Ada Lovelace"); // each key awakes the button
  await page.locator("#prefcontrol button").click();
  await page.locator(".mw-notification, .mw-preferences-messagebox", { hasText: "saved" }).first().waitFor();
  equal(await page.inputValue("input[name=wprealname]"), "Ada Lovelace", "real name");
});

await step("API", async () => {
  const got = await page.evaluate(async () => {
    const api = new mw.Api();
    await api.postWithToken("csrf", { action: "options", optionname: "userjs-pavise", optionvalue: "x".repeat(1000) });
    const answer = await api.get({ action: "query", meta: "userinfo", uiprop: "options|groups" });
    return { name: answer.query.userinfo.name, kept: answer.query.userinfo.options["userjs-pavise"].length };
  });
  equal(got, { name: "Ada", kept: 1000 }, "what the API says");
  const rest = await page.evaluate(() => fetch("/rest.php/v1/page/Pavise/bare").then((r) => r.json()));
  equal(rest.title, "Pavise", "what the REST API says");
});

await step("logout", async () => {
  await page.click("#pt-logout a");
  await page.locator("#pt-login").waitFor();
  await page.goto("/index.php/Special:Watchlist");
  await page.locator("#pt-login").waitFor();
});

await finish();

// ready waits for the page's own scripts, which load in the background.
async function ready() {
  await page.waitForFunction(() => document.readyState === "complete" && window.mw?.loader?.getModuleNames
    && !window.mw.loader.getModuleNames().some((name) => window.mw.loader.getState(name) === "loading"));
}

async function logIn(name, password) {
  await page.goto("/index.php?title=Special:UserLogin");
  await ready();
  await page.fill("#wpName1", name);
  await page.fill("#wpPassword1", password);
  await Promise.all([page.waitForNavigation(), page.click("#wpLoginAttempt")]);
}

// noise is a picture that no format can make small: a PNG of random points.
function noise(width, height) {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) randomFillSync(rows, y * (1 + 3 * width) + 1, 3 * width);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits a channel, RGB
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type), data]);
  const size = Buffer.alloc(4), sum = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([size, named, sum]);
}

// crc32 is in zlib only from Node.js 20.15 on.
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
