// Goes through Node-RED, an app on Express 4 with passport, multer and ws: the
// editor, which is one page with its own API and a WebSocket, and what a flow
// that was made there answers.

import { createHash, randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { cookies, equal, finish, page, saw, step } from "../browser/traveller.mjs";

await step("home", async () => {
  equal((await page.goto("/")).status(), 200, "status");
  await page.locator("#node-dialog-login-username").waitFor();
}, "401 /settings", "401 /settings/user");

await step("wrong login", async () => {
  await logIn("ada", "nobody-knows");
  await page.locator(".red-ui-editor .error, #red-ui-login-failed, .login-failed, [id*=login-failed]").first().waitFor();
}, "403 /auth/token");

await step("login", async () => {
  await logIn("ada", "pavise-at-the-gate");
  await page.locator("#red-ui-palette-container .red-ui-palette-node").first().waitFor();
  await page.locator("#red-ui-header-button-user").waitFor();
  saw.cookies = await cookies();
});

await step("import a file", async () => {
  await page.keyboard.press("Control+i");
  await page.setInputFiles("#red-ui-clipboard-dialog-import-file-upload", fileURLToPath(new URL("nodered.flow.json", import.meta.url)));
  await page.locator("#red-ui-clipboard-dialog-ok:not([disabled]):not(.disabled)").click();
  await page.locator(".red-ui-tab", { hasText: "Gate" }).click();
});

await step("deploy", async () => {
  await page.click("#red-ui-header-button-deploy");
  await page.locator(".red-ui-notification", { hasText: "Successfully deployed" }).waitFor();
});

await step("debug", async () => { // what the flow says comes by the editor's WebSocket
  await page.keyboard.press("Control+g");
  await page.keyboard.press("d");
  await page.locator(".red-ui-flow-node-button-button").first().click();
  await page.locator(".red-ui-debug-msg", { hasText: "who is there?" }).waitFor();
});

await step("upload", async () => {
  const bytes = randomBytes(3 << 20);
  const got = await page.evaluate(async ({ base64 }) => {
    const form = new FormData();
    form.append("title", "naïve & bold");
    form.append("file", await (await fetch(`data:application/octet-stream;base64,${base64}`)).blob(), "plan.bin");
    return (await fetch("/upload", { method: "POST", body: form })).json();
  }, { base64: bytes.toString("base64") });
  equal(got, { name: "plan.bin", title: "naïve & bold", size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex") }, "what arrived");
});

await step("put", async () => {
  const got = await page.evaluate(() => fetch("/items/7?id=7&tag=a&tag=b", { method: "PUT",
    headers: { "Content-Type": "application/json" }, body: JSON.stringify({ price: 12 }) }).then((r) => r.json()));
  equal(got, { price: 12 }, "what came back");
});

await step("websocket", async () => {
  const got = await page.evaluate(() => new Promise((resolve, reject) => {
    const heard = [], socket = new WebSocket(`${location.origin.replace("http", "ws")}/chat`);
    socket.onopen = () => ["one", "two", "three"].forEach((line) => socket.send(line));
    socket.onerror = () => reject(new Error("the socket failed"));
    socket.onmessage = ({ data }) => heard.push(data) === 3 && (socket.close(), resolve(heard));
  }));
  equal(got, ["one", "two", "three"], "echoes");
});

await step("settings", async () => { // by the API that the editor itself uses
  const got = await page.evaluate(async () => {
    const token = JSON.parse(localStorage.getItem("auth-tokens")).access_token;
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    await fetch("/settings/user", { method: "POST", headers, body: JSON.stringify({ pavise: { tall: true } }) });
    await fetch("/context/global/none", { method: "DELETE", headers });
    return (await (await fetch("/settings/user", { headers })).json()).pavise;
  });
  equal(got, { tall: true }, "what was kept");
});

await step("logout", async () => {
  await page.click("#red-ui-header-button-user");
  await page.getByText("Logout").click();
  await page.locator("#node-dialog-login-username").waitFor();
  equal(await page.evaluate(() => localStorage.getItem("auth-tokens")), null, "the token that is kept");
}, "401 /settings", "401 /settings/user");

await finish();

async function logIn(name, password) {
  await page.fill("#node-dialog-login-username", name);
  await page.fill("#node-dialog-login-password", password);
  await page.click("#node-dialog-login-submit");
}
