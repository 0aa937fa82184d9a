"use strict";

const express = require("express");
const session = require("express-session");

const app = express();
app.use(session({ name: "shop", secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: true, cookie: { secure: true } }));
app.get("/", (req, res) => res.send("<!doctype html><title>Shop</title>"));

const server = app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log(`listening ${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
