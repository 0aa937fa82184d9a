"use strict";

// An end of a WebSocket by ws: "serve" echoes what comes, with its type, and ends as it is
// told to; "visit URL" says what a page says, and writes down what went wrong.

const { createRequire } = require("node:module");
const path = require("node:path");
const fromApp = createRequire(path.join(__dirname, "../express/package.json"));
const { WebSocket, WebSocketServer } = fromApp("ws");
const { once } = require("node:events");

const sizes = [0, 1, 125, 126, 127, 65535, 65536, 2 << 20];

if (process.argv[2] === "serve") serve();
else visit(process.argv[3]).then(() => process.exit(0), (err) => { console.log(`failed ${err.message}`); process.exit(1); });

function serve() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: { threshold: 0 }, maxPayload: 4 << 20 });
  server.on("listening", () => console.log(`listening ${server.address().port}`));
  server.on("connection", (ws) => {
    ws.on("error", () => {}); // what breaks the rules is closed by ws
    ws.on("message", (data, binary) => {
      const [word, code] = String(data.subarray(0, 20)).split(" ");
      if (word === "close") ws.close(Number(code), "as told");
      else if (word === "terminate") ws.terminate();
      else ws.send(data, { binary });
    });
  });
}

async function visit(url) {
  for (const perMessageDeflate of [true, false]) await talk(open(url, perMessageDeflate), perMessageDeflate);
  for (const code of [1000, 1011, 4999]) await ended(url, `close ${code}`, code, "as told");
  await ended(url, "terminate", 1006, "");
  await ended(url, Buffer.alloc(5 << 20), 1009, "");
  console.log("passed");
}

function open(url, perMessageDeflate) {
  return new WebSocket(url, { perMessageDeflate, origin: url.replace("wss:", "https:"), lookup: (_, o, done) =>
    o.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4) });
}

async function talk(ws, compressed) {
  await once(ws, "open");
  if ((ws.extensions !== "") !== compressed) throw new Error(`extensions are ${ws.extensions}`);
  for (const size of sizes) {
    for (const data of [Buffer.alloc(size, "grüße "), "a".repeat(size)]) {
      ws.send(data);
      await echoed(ws, data);
    }
  }
  ws.send("one ", { fin: false });
  ws.ping("between");
  ws.send("two", { fin: true });
  await Promise.all([echoed(ws, "one two"), once(ws, "pong").then(([data]) => {
    if (String(data) !== "between") throw new Error(`pong ${data}`);
  })]);
  ws.close(3000, "enough");
  const [code, reason] = await once(ws, "close");
  if (code !== 3000 || String(reason) !== "enough") throw new Error(`closed by ${code} ${reason}`);
}

async function echoed(ws, want) {
  const [data, binary] = await once(ws, "message");
  if (binary !== Buffer.isBuffer(want) || !Buffer.from(want).equals(data)) throw new Error(`${data.length} bytes for ${want.length}`);
}

async function ended(url, said, wantCode, wantReason) {
  const ws = open(url, false);
  await once(ws, "open");
  ws.on("error", () => {});
  ws.send(said);
  const [code, reason] = await once(ws, "close");
  if (code !== wantCode || String(reason) !== wantReason) throw new Error(`closed by ${code} ${reason}, not ${wantCode}`);
}
