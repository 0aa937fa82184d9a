// Goes through the shop on PHP's own sessions.

import { logsIn, logsOut, secondTab, uploads, visitor } from "../browser/sessions.mjs";
import { finish } from "../browser/traveller.mjs";

await visitor();
await logsIn();
await secondTab();
await uploads();
await logsOut();
await finish();
