"use strict";

// An app that protects itself as people do it: Helmet, express-session and
// express-rate-limit, over TLS, in one process. It takes the folder of the pages, the
// certificate, its key and the port from its arguments.

const crypto = require("node:crypto");
const fs = require("node:fs");
const https = require("node:https");
const path = require("node:path");
const express = require("express");
const { rateLimit } = require("express-rate-limit");
const session = require("express-session");
const helmet = require("helmet");

const [folder, cert, key, port] = process.argv.slice(2);
const page = fs.readFileSync(path.join(folder, "1k.html"), "utf8");

const app = express();
app.use(helmet());
app.use(rateLimit({ windowMs: 60_000, limit: 1e9 })); // nobody reaches it here
app.use(session({
  secret: crypto.randomBytes(32).toString("hex"),
  resave: false,
  saveUninitialized: false,
  cookie: { secure: true },
}));
app.get("/1k.html", (req, res) => res.send(page));
app.use(express.static(folder));

const server = https.createServer({
  cert: fs.readFileSync(cert),
  key: fs.readFileSync(key),
  minVersion: "TLSv1.2",
}, app);
server.keepAliveTimeout = 300_000;
server.listen(Number(port), "127.0.0.1");
