"use strict";

// A small shop as people write them: Express 5 and express-session with their
// defaults; with SESSIONS=cookie it is cookie-session, which keeps all in the cookie
// and writes it anew with every page. It is what Pavise must stand in front of without
// breaking anything.

const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const express = require("express");
const session = require("express-session");
const cookieSession = require("cookie-session");
const multer = require("multer");
const { WebSocketServer } = require("ws");

const people = new Map([["ada", "lovelace-and-babbage"], ["bob", "builder-of-bridges"]]);
const items = [{ id: 1, name: "pavise" }, { id: 2, name: "arrows" }];
const downloads = fs.mkdtempSync(path.join(os.tmpdir(), "shop-"));
const catalogue = countingFile(path.join(downloads, "catalogue.bin"), 6 << 20);

const app = express();
app.set("trust proxy", "loopback");
const secret = crypto.randomBytes(32).toString("hex");
const inCookie = process.env.SESSIONS === "cookie";
const name = process.env.NAME; // of the session cookie, where it is not the default
const sessions = inCookie ? cookieSession({ secret }) : session({ secret, name, resave: false, saveUninitialized: true });
app.use("/static", express.static(path.join(__dirname, "static")));
app.use(sessions);
app.use(express.urlencoded({ extended: false }));
app.use(express.json());

app.get("/whoami", who);
app.get("/slow", (req, res) => setTimeout(() => {
  if (req.query.write) req.session.slow = true; // a session that has ended meanwhile is written again
  who(req, res);
}, Number(req.query.ms)));

// who tells by which cookies a request came, and whose it is.
function who(req, res) {
  res.json({ user: req.session.user ?? "", cookie: req.headers.cookie ?? "", socket: true });
}

app.use((req, res, next) => {
  if (inCookie) req.session.seen = (req.session.seen ?? 0) + 1;
  next();
});

// countingFile writes big-endian numbers that count words, so that a reader of
// any range can tell whether it is the right one.
function countingFile(file, size) {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4) bytes.writeUInt32BE(at / 4, at);
  fs.writeFileSync(file, bytes);
  return { size, sha256: sha256(bytes) };
}

function sha256(bytes) {
  return crypto.createHash("sha256").update(bytes).digest("hex");
}

function text(s) {
  return String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function page(title, body, script) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${text(title)}</title>
<link rel="icon" href="/static/shield.svg">
<link rel="stylesheet" href="/static/shop.css">
${script ? `<script src="/static/${script}" defer></script>` : ""}
<h1><img src="/static/shield.svg" alt="" width="32" height="32"> ${text(title)}</h1>
${body}
</html>
`;
}

function loggedIn(req, res, next) {
  if (req.session.user) next();
  else res.redirect(303, "/login");
}

app.get("/", (req, res) => {
  const forms = items.map((item) => `<li>${text(item.name)}
<form method="post" action="/cart">
<input type="hidden" name="item" value="${item.id}"><button id="add-${item.id}">Add</button>
</form>`);
  res.send(page("Shop", `<ul>${forms.join("\n")}</ul>
<p><a href="/login">Log in</a> <a href="/account">Account</a> <a href="/download/catalogue.bin">Catalogue</a></p>`));
});

const loginForm = `<form method="post" action="/login">
<input name="name" autocomplete="username">
<input name="password" type="password" autocomplete="current-password">
<button>Log in</button>
</form>`;

app.get("/login", (req, res) => res.send(page("Log in", loginForm)));

app.post("/login", (req, res, next) => {
  const { name, password } = req.body ?? {};
  if (!password || people.get(name) !== password) {
    res.status(401).send(page("Log in", `<p id="error">Wrong name or password.</p>${loginForm}`));
    return;
  }
  begin(req, { user: name, cart: req.session.cart }, (err) => (err ? next(err) : res.redirect(303, "/account")));
});

// begin gives a new session.
function begin(req, content, done) {
  if (inCookie) {
    req.session = content;
    return done();
  }
  req.session.regenerate((err) => {
    if (err) return done(err);
    Object.assign(req.session, content).save(done);
  });
}

app.get("/account", loggedIn, (req, res) => {
  res.send(page("Account", `<p id="user">${text(req.session.user)}</p>
<p id="seen">${req.protocol}</p>
<form method="post" action="/logout"><button>Log out</button></form>`));
});

app.post("/logout", (req, res, next) => {
  if (inCookie) {
    req.session = null;
    return res.redirect(303, "/");
  }
  req.session.destroy((err) => {
    if (err) return next(err);
    res.clearCookie("connect.sid");
    res.redirect(303, "/");
  });
});

app.post("/cart", (req, res) => {
  const item = items.find((item) => String(item.id) === req.body?.item);
  if (!item) return res.status(400).send(page("Cart", "<p>There is no such item.</p>"));
  const cart = (req.session.cart ??= {});
  cart[item.name] = (cart[item.name] ?? 0) + 1;
  res.redirect(303, "/cart");
});

app.get("/cart", (req, res) => {
  const lines = Object.entries(req.session.cart ?? {}).map(([name, n]) => `<li>${n} × ${text(name)}</li>`);
  res.send(page("Cart", `<ul id="cart">${lines.join("")}</ul>`));
});

const uploads = multer({ storage: multer.memoryStorage(), limits: { fileSize: 16 << 20, files: 1 } });

app.get("/upload", (req, res) => {
  res.send(page("Upload", `<form method="post" action="/upload" enctype="multipart/form-data">
<input type="file" name="file"><input name="title"><button>Send</button>
</form>`));
});

app.post("/upload", uploads.single("file"), (req, res) => {
  if (!req.file) return res.status(400).send(page("Upload", "<p>There is no file.</p>"));
  res.send(page("Upload", `<p id="title">${text(req.body.title)}</p>
<p id="size">${req.file.size}</p><p id="sha256">${sha256(req.file.buffer)}</p>`));
});

app.get("/chat", loggedIn, (req, res) => {
  res.send(page("Chat", `<form id="say"><input name="line"><button>Say</button></form>
<ol id="lines"></ol>`, "chat.js"));
});

app.get("/ticks", (req, res) => res.send(page("Ticks", `<ol id="ticks"></ol>`, "ticks.js")));

app.get("/events", (req, res) => {
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  res.flushHeaders();
  let n = 0;
  const timer = setInterval(() => {
    res.write(`id: ${++n}\ndata: tick ${n}\n\n`);
    if (n === 5) clearInterval(timer);
  }, 100);
  res.on("close", () => clearInterval(timer));
});

app.get("/stock", (req, res) => {
  res.send(page("Stock", `<form id="add"><input name="name"><button>Add</button></form>
<ul id="items"></ul><p id="problem"></p>`, "stock.js"));
});

app.get("/api/items", (req, res) => res.json(items));

app.post("/api/items", (req, res) => {
  if (!req.session.user) return res.status(401).json({ error: "log in first" });
  const name = req.body?.name;
  if (typeof name !== "string" || name === "") return res.status(422).json({ error: "name is required" });
  const item = { id: items.length + 1, name };
  items.push(item);
  res.status(201).json(item);
});

app.get("/api/catalogue", (req, res) => res.json(catalogue));

app.use("/download", express.static(downloads));

app.get("/boom", () => {
  throw new Error("the shelf fell down");
});

// No handlers of our own for 404 and errors: Express's default pages are what
// a shop in a hurry sends.

const server = http.createServer(app);
const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 << 10 });

server.on("upgrade", (req, socket, head) => {
  socket.on("error", () => socket.destroy());
  if (new URL(req.url, "http://shop").pathname !== "/ws") return refuse(socket, "404 Not Found");
  sessions(req, {}, () => {
    if (!req.session?.user) return refuse(socket, "401 Unauthorized");
    sockets.handleUpgrade(req, socket, head, (ws) => {
      ws.on("message", (line) => ws.send(`${req.session.user}: ${line}`));
    });
  });
});

function refuse(socket, status) {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

function stop() {
  for (const ws of sockets.clients) ws.terminate();
  server.close(() => process.exit(0));
  server.closeAllConnections();
}

process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("exit", () => fs.rmSync(downloads, { recursive: true, force: true }));

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`listening ${server.address().port}`);
});
