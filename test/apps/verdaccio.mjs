// Goes through the web UI of Verdaccio, where @gate/shield is published.

import { cookies, equal, finish, page, saw, step } from "../browser/traveller.mjs";

await step("home", async () => {
  equal((await page.goto("/")).status(), 200, "status");
  await page.getByText("@gate/shield").first().waitFor();
});

await step("wrong login", async () => {
  await page.getByTestId("header--button-login").click();
  await logIn("ada", "nobody-knows");
  await page.getByText("Invalid username or password").waitFor();
}, "401 /-/verdaccio/sec/login");

await step("login", async () => {
  await logIn("ada", "pavise-at-the-gate");
  await page.locator("#header--button-account").waitFor();
  saw.cookies = await cookies();
});

await step("search", async () => {
  await page.locator("#search-header-suggest").pressSequentially("shield");
  await page.getByRole("option").filter({ hasText: "@gate/shield" }).click();
  await page.waitForURL("**/-/web/detail/@gate/shield**");
});

await step("package", async () => {
  await page.reload();
  await page.locator("h1", { hasText: "Shield" }).waitFor(); // the README
  await page.locator("#header--button-account").waitFor();
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByText("1.2.3").first().waitFor();
});

await step("download", async () => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("download-tarball-btn").click()]);
  equal(download.suggestedFilename().includes("shield-1.2.3.tgz"), true, download.suggestedFilename());
  equal(await download.failure(), null, "what went wrong");
});

await step("logout", async () => {
  await page.locator("#header--button-account").click();
  await page.getByText("Logout").click();
  await page.getByTestId("header--button-login").waitFor();
});

await finish();

async function logIn(name, password) {
  await page.fill("#login--dialog-username", name);
  await page.fill("#login--dialog-password", password);
  await page.locator("#login--dialog-button-submit").click();
}
