const express = require("express");
const session = require("express-session");
const limit = require("express-rate-limit");

const app = express();
app.use(limit({ windowMs: 60_000, limit: 100 }));
app.use(session({ secret: process.env.SESSION_SECRET, cookie: { secure: true } }));
app.get("/", (req, res) => res.send("Hello"));
app.listen(3000, "127.0.0.1");
