"use strict";

// What a Node-RED needs that more than one person can reach: a login
// (https://nodered.org/docs/user-guide/runtime/securing-node-red).

const { hashSync } = require("bcryptjs");

module.exports = {
  uiHost: "127.0.0.1",
  uiPort: Number(process.env.PORT),
  flowFile: "flows.json",
  credentialSecret: "only of this test",
  adminAuth: {
    type: "credentials",
    users: [{ username: "ada", password: hashSync("pavise-at-the-gate", 8), permissions: "*" }],
  },
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { palette: { allowInstall: false } },
  editorTheme: { tours: false },
};
