package javascript_test

import "testing"

// TestModern reads modules, TypeScript, what compilers make of it, and markup.
func TestModern(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"modules": {map[string]string{
			"app.mjs": `import express, { Router as R, json } from 'express';
import * as helmet from "helmet";
import { createServer } from 'node:http';
import data from './data.json' with { type: 'json' };
import { limit, default as cfg } from './cfg.mjs';
export const app = express();
app.use(helmet.default({ hsts: false }), json({ limit }));
const { default: session } = await import('express-session');
app.use(session({ secret: data.secrets.session, cookie: { maxAge: cfg.age ?? 5 } }));
createServer(app).listen(cfg.port);
export default app;`,
			"cfg.mjs":   "export const limit = '10mb';\nexport default { age: 1_000 * 60, port: +process.env.PORT };",
			"data.json": `{"secrets": {"session": "abc"}}`,
			"main.js":   "import { app as a } from './app.mjs';\na.set('etag', false);",
		}, `
app.mjs:6 express
app.mjs:7 express().use helmet({hsts: false}) express.json({limit: "10mb"})
app.mjs:7 helmet {hsts: false}
app.mjs:7 express.json {limit: "10mb"}
app.mjs:9 express().use express-session({secret: "abc", cookie: {maxAge: 60000}})
app.mjs:9 express-session {secret: "abc", cookie: {maxAge: 60000}}
app.mjs:10 http.createServer express()
app.mjs:10 http.createServer().listen $PORT
app.mjs:11 module.exports express()
cfg.mjs:2 module.exports {age: 60000, port: $PORT}
main.js:2 express().set "etag" false`},
		"TypeScript": {map[string]string{
			"server.ts": `import express, { type Request, Response, NextFunction } from 'express';
import session = require('express-session');
import type { Server } from 'http';
import { config } from './config.js';
interface Options<T extends object = {}> { a?: T; b(): void }
type Maybe<T> = T extends string ? T[] : { [K in keyof T]?: T[K] } | null;
enum Level { Low = 1, High }
declare module 'express-session' { interface SessionData { user: string } }
export default class App<T = unknown> implements Iface<T> {
  public app: express.Application;
  private readonly port!: number;
  constructor(private readonly controllers: Array<Map<string, number>>, public opt?: Options) {
    this.app = express();
    this.setup(this.app);
  }
  private setup(app: express.Application): void {
    app.set('trust proxy', true as boolean);
    this.app.use(session(<session.SessionOptions>{ secret: config.secret!, name: config['name'] } satisfies session.SessionOptions));
    app.get<{ id: string }>('/a/:id', async (req: Request<{ id: string }>, res: Response): Promise<void> => {
      const id = req.params.id as string;
      const wide = id.length < 3 && id.length > (1);
      res.sendFile(` + "`/x/${id}`" + `);
    });
  }
  public listen = (cb?: () => void): Server => this.app.listen(config.port, cb);
}`,
			"config.ts": `const env = process.env;
export const config: Readonly<Record<string, any>> = Object.freeze({ secret: env.SECRET || 's', name: 'sid', port: parseInt(env.PORT ?? '3000', 10) });`,
		}, `
server.ts:13 express
server.ts:17 express().set "trust proxy" true
server.ts:18 express().use express-session({secret: $SECRET|"s", name: "sid"})
server.ts:18 express-session {secret: $SECRET|"s", name: "sid"}
server.ts:19 express().get "/a/:id" fn(req, res)
server.ts:22 ?res.sendFile <` + "`/x/${id}`" + `> asked req.params.id
server.ts:25 express().listen $PORT|"3000" ?cb`},
		"compiled": {map[string]string{
			"app.js": `"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) { return (mod && mod.__esModule) ? mod : { "default": mod }; };
Object.defineProperty(exports, "__esModule", { value: true });
exports.app = void 0;
const express_1 = __importDefault(require("express"));
const cookie_session_1 = __importDefault(require("cookie-session"));
const app = (0, express_1.default)();
exports.app = app;
app.use((0, cookie_session_1.default)({ keys: ["a"] }));`,
			"server.js": "const app_1 = require('./app');\napp_1.app.listen(3000, '127.0.0.1');",
		}, `
app.js:7 express
app.js:9 express().use cookie-session({keys: ["a"]})
app.js:9 cookie-session {keys: ["a"]}
server.js:2 express().listen 3000 "127.0.0.1"`},
		"a factory": {map[string]string{
			"make.js": "const express = require('express');\nexports.make = function () { const app = express(); app.use(x); return app; };",
			"run.js":  "const { make } = require('./make');\nconst app = make();\napp.disable('etag');",
		}, `
make.js:2 express
make.js:2 express().use x
run.js:3 express().disable "etag"`},
		"markup": {map[string]string{
			"page.tsx": `import React from 'react';
import Link from '@scope/ui/link';
const P = <T,>(p: { a: T }) => <div className="it's" {...p}>don't {p.a ? <b>{x}</b> : "{"} </div>;
export default P;`,
		}, "page.tsx:4 module.exports fn(p)"},
		"Apostrophe": {map[string]string{
			"app.js": `require('apostrophe')({
  shortName: 'shop',
  modules: {
    'apostrophe-express': { session: { secret: 'x', cookie: { secure: true } } },
    ['@apostrophecms/express']: { options: { trustProxy: true, address: '127.0.0.1' } }
  }
});`,
			"data/local.js": "module.exports = { sessionCore: { cookie: { maxAge: 1000 * 60 } }, proxy: true };",
		}, `
app.js:1 apostrophe {shortName: "shop", modules: {apostrophe-express: {session: {secret: "x", cookie: {secure: true}}}, @apostrophecms/express: {options: {trustProxy: true, address: "127.0.0.1"}}}}
data/local.js:1 module.exports {sessionCore: {cookie: {maxAge: 60000}}, proxy: true}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := read(t, c.files)
			same(t, lines(p), c.want)
			for _, u := range p.Unread {
				t.Errorf("not read: %v", u)
			}
		})
	}
}
