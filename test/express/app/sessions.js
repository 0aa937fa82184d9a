"use strict";

// A login with express-session in the ways that people write it: CAREFUL=1 gives a new
// session at the login and destroys it at the logout, else the session of before goes
// on, and the logout takes the cookie out of the browser alone.

const crypto = require("node:crypto");
const express = require("express");
const session = require("express-session");

const careful = process.env.CAREFUL === "1";
const people = { ada: "lovelace-and-babbage", bob: "builder-of-bridges" };
const orders = { 7: { of: "ada", what: "one pavise in red and gold" }, 8: { of: "bob", what: "forty arrows with goose feathers" } };

const app = express();
app.use(session({
  secret: crypto.randomBytes(32).toString("hex"),
  resave: false,
  saveUninitialized: true,
  cookie: careful ? { maxAge: 60_000 } : { maxAge: 365 * 24 * 3_600_000 },
}));
app.use(express.urlencoded({ extended: false }));

const page = (body) => `<!doctype html><meta charset="utf-8"><title>Orders</title>${body}`;
const token = (req) => `<input type="hidden" name="_csrf" value="${(req.session.csrf ??= crypto.randomUUID())}">`;

app.use((req, res, next) => {
  if (req.method === "POST" && req.body?._csrf !== req.session.csrf) res.status(403).send(page("Forged."));
  else next();
});

app.get("/", (req, res) => res.send(page(`<a href="/login">Log in</a>`)));

app.get("/login", (req, res) => res.send(page(`<form method="post">${token(req)}
<input name="name"><input name="password" type="password"><button>Log in</button></form>`)));

app.post("/login", (req, res, next) => {
  const { name, password } = req.body;
  if (!people[name]) return res.status(401).send(page(careful ? "Wrong name or password." : `There is no ${name === "ada" ? "" : "such user"}.`));
  if (people[name] !== password) return res.status(401).send(page(careful ? "Wrong name or password." : "Wrong password."));
  const enter = () => {
    req.session.user = name;
    req.session.save((err) => (err ? next(err) : res.redirect(303, "/account")));
  };
  if (careful) req.session.regenerate((err) => (err ? next(err) : enter()));
  else enter();
});

const loggedIn = (req, res, next) => (req.session.user ? next() : res.redirect(303, "/login"));

app.get("/account", loggedIn, (req, res) => {
  const own = Object.keys(orders).filter((id) => orders[id].of === req.session.user);
  res.send(page(`<p>Welcome, ${req.session.user}.</p>${own.map((id) => `<a href="/orders/${id}">Order ${id}</a>`).join(" ")}
<form method="post" action="/logout">${token(req)}<button>Log out</button></form>`));
});

app.get("/orders/:id", loggedIn, (req, res) => {
  const order = orders[req.params.id];
  if (!order || careful && order.of !== req.session.user) return res.sendStatus(404);
  res.send(page(`<p>${order.what}, paid and sent.</p>`));
});

app.post("/logout", (req, res, next) => {
  const leave = () => res.clearCookie("connect.sid").redirect(303, "/");
  if (careful) req.session.destroy((err) => (err ? next(err) : leave()));
  else leave();
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening ${server.address().port}`);
});
process.on("SIGTERM", () => server.close(() => process.exit(0)) && server.closeAllConnections());
