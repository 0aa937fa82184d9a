import { cookies, equal, finish, page, saw, step } from "../browser/traveller.mjs";
await step("home", async () => {
  equal((await page.goto("/")).status(), 200, "status");
  await page.locator("text=@gate/shield").first().waitFor();
});
await finish();
