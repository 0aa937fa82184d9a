"use strict";

const { exec } = require("child_process");
const fs = require("fs");
const https = require("https");
const path = require("path");
const express = require("express");
const session = require("express-session");
const cookieParser = require("cookie-parser");
const bodyParser = require("body-parser");
const cors = require("cors");
const errorhandler = require("errorhandler");
const multer = require("multer");
const monitor = require("express-status-monitor");
const serveIndex = require("serve-index");
const mysql = require("mysql2");
const nunjucks = require("nunjucks");

const app = express();
const db = mysql.createConnection({ host: "localhost", user: "shop", database: "shop" });
const orders = require("./orders");

nunjucks.configure("views", { express: app, autoescape: false });
app.enable("trust proxy");
app.use(errorhandler());
app.use(monitor());
app.use(cookieParser("keyboard cat"));
app.use(bodyParser.json({ limit: "500mb" }));
app.use(bodyParser.urlencoded({ extended: true }));
app.use(cors({ origin: true, credentials: true }));
app.use(session({
  secret: "s3Cur3",
  resave: true,
  saveUninitialized: true,
  cookie: {
    secure: false,
    httpOnly: false,
    domain: ".example.com",
    maxAge: 365 * 24 * 60 * 60 * 1000,
  },
}));
app.use(express.static(__dirname, { dotfiles: "allow" }));
app.use("/files", serveIndex("files"));
app.use("/orders", orders(db));

app.post("/login", (req, res) => {
  db.query("SELECT id FROM users WHERE name = '" + req.body.name + "'", (err, rows) => {
    if (err) return res.status(500).send(err.stack);
    res.cookie("token", String(rows[0].id));
    res.redirect(req.query.next);
  });
});

app.get("/sum", (req, res) => res.json(eval(req.query.sum)));

app.get("/lookup", (req, res) => {
  exec(`host ${req.query.name}`, (err, out) => res.send(out));
});

app.get("/feed", async (req, res) => res.send(await (await fetch(req.query.url)).text()));

app.get("/search", (req, res) => res.send(`<h1>Nothing for ${req.query.q}</h1>`));

app.get("/files/:name", (req, res) => {
  res.send(fs.readFileSync(path.join("files", req.params.name)));
});

app.get("/page", (req, res) => res.render(req.query.page));

app.post("/upload", multer({ dest: "files" }).single("file"), (req, res) => res.sendStatus(204));

const agent = new https.Agent({ rejectUnauthorized: false });
https.get("https://stock.example.com/", { agent });

app.listen(3000);
