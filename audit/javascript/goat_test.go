package javascript_test

import "testing"

// TestRequests follows what is made of a request, and what is not.
func TestRequests(t *testing.T) {
	p := read(t, map[string]string{"routes.js": `const router = require('express').Router();
const { exec, execFile: run } = require('child_process'), fs = require('fs').promises, path = require('path');
const exec2 = require('util').promisify(exec);
router.get('/', async (req, res, next) => {
  const user = await find({ name: req.body.name });
  res.send(user.bio);
  const { a, b: { c = 3 } = {}, ...rest } = req.query;
  await exec2(` + "`ls ${a} ${c}`" + `);
  run('ls', [rest.x]);
  fs.readFile('/x/' + path.basename(req.params.f));
  let url = '/x';
  if (req.query.next) url = req.query.next;
  res.redirect(url);
  const safe = a === 'x' ? '1' : '2';
  exec(safe); exec(escapeShell(a)); exec(cmd(a)); exec(a.trim());
  for (const f of req.body.files) fs.unlink(f);
  setTimeout("foo(" + a + ")", 100); setTimeout(() => 1, 100);
  new Function('x', req.body.code)(1);
  require(req.query.mod);
});
router.get('/d', ({ query: { q }, body }, res) => { eval(q + body.z); });
module.exports = async (ctx) => { run(ctx.request.body.x); run(ctx.path); run(ctx.query.a) };
`})
	same(t, lines(p), `
routes.js:1 express.Router
routes.js:3 util.promisify child_process.exec
routes.js:4 express.Router().get "/" fn(req, res, next)
routes.js:6 ?res.send ?find().bio
routes.js:8 child_process.exec <`+"`ls ${a} ${c}`"+`> asked req.query.a req.query.b.c
routes.js:9 child_process.execFile "ls" [?req.query.x asked req.query] asked req.query
routes.js:10 fs.promises.readFile <'/x/' + path.basename(req.params.f)>
routes.js:10 path.basename ?req.params.f asked req.params.f
routes.js:13 ?res.redirect ?url asked req.query.next
routes.js:15 child_process.exec <a === 'x' ? '1' : '2'>
routes.js:15 child_process.exec ?escapeShell(?req.query.a asked req.query.a)
routes.js:15 child_process.exec ?cmd(?req.query.a asked req.query.a) asked req.query.a
routes.js:15 child_process.exec ?req.query.a.trim() asked req.query.a
routes.js:16 fs.promises.unlink ?f asked req.body.files
routes.js:17 setTimeout <"foo(" + a + ")"> asked req.query.a 100
routes.js:18 new Function "x" ?req.body.code asked req.body.code
routes.js:19 require ?req.query.mod asked req.query.mod
routes.js:21 express.Router().get "/d" fn({ query: { q }, body }, res)
routes.js:21 eval <q + body.z> asked req.query.q req.body.z
routes.js:22 child_process.execFile ?ctx.request.body.x asked ctx.request.body.x
routes.js:22 child_process.execFile ?ctx.path
routes.js:22 child_process.execFile ?ctx.query.a asked ctx.query.a
routes.js:22 module.exports fn(ctx)
`)
}

// TestGoat reads an app with the shape of those that are kept to be attacked: settings
// that are merged over files, routes that are given the app, and bin/www.
func TestGoat(t *testing.T) {
	p := read(t, map[string]string{
		"server.js": `"use strict";
const express = require("express"), http = require("http");
const session = require("express-session");
const app = express();
const routes = require("./app/routes");
const { port, db, cookieSecret } = require("./config/config");
require("mongodb").MongoClient.connect(db, (err, db) => {
  app.use(session({
    secret: cookieSecret,
    saveUninitialized: true
    /*
    , cookie: { httpOnly: true }
    */
  }));
  routes(app, db);
  http.createServer(app).listen(port, () => {});
});`,
		"app/routes.js": `const Session = require('./session');
const index = (app, db) => {
  const s = new Session(db);
  app.get("/learn", (req, res) => res.redirect(req.query.url));
  app.post("/x", s.handle);
  app.use(require('./err').handler);
};
module.exports = index;`,
		"app/session.js":   "function Session(db) {\n  this.handle = (req, res) => { eval(req.body.preTax); };\n}\nmodule.exports = Session;",
		"app/err.js":       "exports.handler = (err, req, res, next) => res.status(500).json({ stack: err.stack });",
		"config/config.js": "module.exports = Object.assign({}, require('./all'), require('./' + process.env.NODE_ENV) || {});",
		"config/all.js":    "const port = process.env.PORT || 4000;\nmodule.exports = { port, db: 'mongodb://localhost', cookieSecret: 'session_cookie_secret_key_here' };",
		"bin/www": `#!/usr/bin/env node
var app = require('../app/none');
var port = normalizePort(process.env.PORT || '3000');
app.set('port', port);
var server = require('http').createServer(app);
server.listen(port);
server.on('error', console.error);
function normalizePort(val) { if (isNaN(val)) return val; return false; }`,
	})
	same(t, lines(p), `
app/err.js:1 ?res.status 500
app/err.js:1 ?res.status().json {stack: ?err.stack}
app/routes.js:4 express().get "/learn" fn(req, res)
app/routes.js:4 ?res.redirect ?req.query.url asked req.query.url
app/routes.js:5 express().post "/x" ?s.handle
app/routes.js:6 express().use fn(err, req, res, next)
app/routes.js:8 module.exports fn(app, db)
app/session.js:2 eval ?req.body.preTax asked req.body.preTax
app/session.js:4 module.exports fn(db)
bin/www:4 ?app.set "port" ?normalizePort($PORT|"3000")
bin/www:5 http.createServer ?app
bin/www:6 http.createServer().listen ?normalizePort($PORT|"3000")
bin/www:7 http.createServer().on "error" console.error
config/all.js:2 module.exports {port: $PORT|4000, db: "mongodb://localhost", cookieSecret: "session_cookie_secret_key_here"}
config/config.js:1 require <'./' + process.env.NODE_ENV>
config/config.js:1 module.exports {port: $PORT|4000, db: "mongodb://localhost", cookieSecret: "session_cookie_secret_key_here", ...}
server.js:4 express
server.js:7 mongodb.MongoClient.connect "mongodb://localhost" fn(err, db)
server.js:8 express().use express-session({secret: "session_cookie_secret_key_here", saveUninitialized: true})
server.js:8 express-session {secret: "session_cookie_secret_key_here", saveUninitialized: true}
server.js:16 http.createServer express()
server.js:16 http.createServer().listen $PORT|4000 fn()
`)
}
