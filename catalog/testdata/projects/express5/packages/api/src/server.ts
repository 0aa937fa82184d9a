import { createApp } from "./app.js";
import { config } from "./config.js";

createApp(config).listen(config.port, config.host, () => {
  console.log(`listening on http://${config.host}:${config.port}`);
});
