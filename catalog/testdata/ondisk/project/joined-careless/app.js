const express = require("express");
const helmet = require("helmet");
const session = require("express-session");

const app = express();
app.use(helmet());
app.use(session({
  name: "shop",
  secret: process.env.SESSION_SECRET,
  cookie: { secure: process.env.NODE_ENV === "production", httpOnly: true, sameSite: "lax" },
}));
app.get("/", (req, res) => res.send("<!doctype html><title>Shop</title>"));
app.listen(3000, "127.0.0.1");
