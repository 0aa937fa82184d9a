"use strict";

const { execFile } = require("child_process");
const fs = require("fs");
const https = require("https");
const path = require("path");
const express = require("express");
const session = require("express-session");
const MongoStore = require("connect-mongo");
const cors = require("cors");
const errorhandler = require("errorhandler");
const helmet = require("helmet");
const monitor = require("express-status-monitor");
const multer = require("multer");
const mysql = require("mysql2");
const nunjucks = require("nunjucks");
const { csrfSync } = require("csrf-sync");
const { rateLimit } = require("express-rate-limit");
const { MongoClient } = require("mongodb");

const app = express();
const db = mysql.createConnection({ host: "localhost", user: "shop", database: "shop" });
const orders = new MongoClient("mongodb://127.0.0.1").db("shop").collection("orders");
const { csrfSynchronisedProtection } = csrfSync();
const loginLimiter = rateLimit({ windowMs: 30 * 60 * 1000, limit: 10 });

nunjucks.configure("views", { express: app });
app.set("trust proxy", "loopback");
app.use(helmet());
app.use(monitor({ path: "" }));
app.use(express.json({ limit: "100kb" }));
app.use(express.urlencoded({ extended: false }));
app.use(cors({ origin: ["https://pay.example.com"], credentials: true }));
app.use(session({
  name: "__Host-sid",
  secret: process.env.SESSION_SECRET,
  resave: false,
  saveUninitialized: false,
  rolling: true,
  store: MongoStore.create({ mongoUrl: "mongodb://127.0.0.1/sessions" }),
  cookie: { path: "/", secure: true, httpOnly: true, sameSite: "lax", maxAge: 15 * 60 * 1000 },
}));
app.use(csrfSynchronisedProtection);
app.use(express.static(path.join(__dirname, "public")));

app.post("/login", loginLimiter, (req, res, next) => {
  db.query("SELECT id FROM users WHERE name = ?", [req.body.name], (err, rows) => {
    if (err) return next(err);
    res.cookie("token", String(rows[0].id), { secure: true, httpOnly: true, sameSite: "lax" });
    res.redirect("/account");
  });
});

app.get("/lookup", (req, res) => {
  execFile("host", ["--", String(req.query.name)], (err, out) => res.send(out));
});

app.get("/orders", async (req, res) => res.json(await orders.findOne({ number: String(req.query.number) })));

app.get("/feed", async (req, res) => res.json(await (await fetch("https://feeds.example.com/" + encodeURIComponent(req.query.name))).json()));
app.get("/now", (req, res) => res.send("<p>" + new Date().toISOString() + "</p>"));

app.get("/files/:name", (req, res) => {
  res.sendFile(path.basename(req.params.name), { root: path.join(__dirname, "files") });
});

app.get("/readme", (req, res) => fs.readFile("README.txt", "utf8", (err, text) => res.send(text)));
app.get("/page", (req, res) => res.render("page", { title: req.query.title }));
app.post("/upload", multer({ dest: "files", limits: { fileSize: 10 * 2 ** 20 } }).single("file"), (req, res) => res.sendStatus(204));

if (process.env.NODE_ENV === "development") app.use(errorhandler());
app.use((req, res) => res.status(404).send("Not found"));
app.use((err, req, res, next) => {
  console.error(err);
  res.status(500).send("Something went wrong");
});

const agent = new https.Agent({ minVersion: "TLSv1.2", rejectUnauthorized: true });
https.get("https://stock.example.com/", { agent });
setTimeout(() => console.log("warm"), 1000);

app.listen(3000, "127.0.0.1");
