// Goes through the shop that keeps its session in the cookie itself.

import { logsIn, logsOut, secondTab, talks, visitor } from "../browser/sessions.mjs";
import { finish } from "../browser/traveller.mjs";

await visitor();
await logsIn();
await secondTab();
await talks();
await logsOut();
await finish();
