package javascript_test

import (
	"testing"
)

// TestExpress reads an app as people write them, over three files.
func TestExpress(t *testing.T) {
	p := read(t, map[string]string{
		"app.js": `'use strict';
const express = require('express')
  , session = require('express-session');
var s = session;
const { MongoStore } = require('connect-mongo');
const RedisStore = require('connect-redis')(session);
const config = require('./config/config');
const DAY = 24 * 60 * 60 * 1000;
var app = module.exports = express();
app.set('trust proxy', 1);
const base = { resave: false, saveUninitialized: true };
const sess = {
  ...base,
  secret: 'keyboard cat',
  cookie: { maxAge: DAY, httpOnly: !1 },
  store: new RedisStore({ host: 'localhost' }),
};
if (app.get('env') === 'production') {
  sess.cookie.secure = true;
}
app.use(s(sess));
app.use(session({ secret: config.secret, cookie: config.cookie, name: ` + "`a${'b'}`" + ` + 'c' }));
session({ secret: process.env.SECRET || 'dev', store: MongoStore.create({ mongoUrl: process.env.DB ?? config.db }) });
require('./routes')(app, config);
const router = express.Router();
router.route('/x').get((req, res) => res.redirect(req.query.to)).post(function (req, res) {
  const { cmd } = req.body;
  const line = 'ls ' + cmd;
  require('child_process').exec(line, () => {});
  eval(req.query['code']);
  const f = ` + "`/files/${req.params.name}.txt`" + `;
  res.sendFile(path.join(__dirname, f));
});
app.use('/r', router).use(express.static('public')).listen(config.port, function () {});
app.listen(process.env.PORT || 3000);
`,
		"config/config.js": `const config = { secret: 's3Cur3', cookie: { secure: false }, db: 'mongodb://localhost', port: 4000 };
module.exports = config;`,
		"routes/index.js": `module.exports = function (app, cfg) {
  app.disable('x-powered-by');
  app.post('/login', function (req, res) { res.cookie('a', cfg.secret, { httpOnly: true }); });
};`,
	})
	same(t, lines(p), `
app.js:6 connect-redis express-session
app.js:9 express
app.js:10 express().set "trust proxy" 1
app.js:16 new connect-redis() {host: "localhost"}
app.js:18 express().get "env"
app.js:21 express().use express-session({resave: false, saveUninitialized: true, secret: "keyboard cat", cookie: {maxAge: 86400000, httpOnly: false, secure: true}, store: new connect-redis()({host: "localhost"})})
app.js:21 express-session {resave: false, saveUninitialized: true, secret: "keyboard cat", cookie: {maxAge: 86400000, httpOnly: false, secure: true}, store: new connect-redis()({host: "localhost"})}
app.js:22 express().use express-session({secret: "s3Cur3", cookie: {secure: false}, name: "abc"})
app.js:22 express-session {secret: "s3Cur3", cookie: {secure: false}, name: "abc"}
app.js:23 express-session {secret: $SECRET|"dev", store: connect-mongo.MongoStore.create({mongoUrl: $DB|"mongodb://localhost"})}
app.js:23 connect-mongo.MongoStore.create {mongoUrl: $DB|"mongodb://localhost"}
app.js:25 express.Router
app.js:26 express.Router().route "/x"
app.js:26 express.Router().route().get fn(req, res)
app.js:26 ?res.redirect ?req.query.to asked req.query.to
app.js:26 express.Router().route().post fn(req, res)
app.js:29 child_process.exec <'ls ' + cmd> asked req.body.cmd fn()
app.js:30 eval ?req.query.code asked req.query.code
app.js:32 ?res.sendFile path.join(__dirname, <`+"`/files/${req.params.name}.txt`"+`> asked req.params.name) asked req.params.name
app.js:34 express().use "/r" express.Router()
app.js:34 express().use express.static("public")
app.js:34 express.static "public"
app.js:34 express().listen 4000 fn()
app.js:35 express().listen $PORT|3000
app.js:9 module.exports express()
config/config.js:2 module.exports {secret: "s3Cur3", cookie: {secure: false}, db: "mongodb://localhost", port: 4000}
routes/index.js:2 express().disable "x-powered-by"
routes/index.js:3 express().post "/login" fn(req, res)
routes/index.js:3 ?res.cookie "a" "s3Cur3" {httpOnly: true}
routes/index.js:1 module.exports fn(app, cfg)
`)
	on := map[string]bool{}
	for _, u := range p.Uses {
		if u.Of == "express" || u.Of == "express().disable" || u.Of == "express().listen" {
			on[u.On] = true
		}
	}
	if len(on) != 1 || on[""] {
		t.Errorf("one app is %v", on)
	}
}
