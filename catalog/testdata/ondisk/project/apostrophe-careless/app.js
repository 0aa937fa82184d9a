var apos = require("apostrophe")({
  shortName: "careless-site",
  modules: {
    "apostrophe-express": {
      session: { secret: "you should have a secret", cookie: { maxAge: 90 * 24 * 60 * 60 * 1000 } },
      csrf: false,
      trustProxy: true,
      bodyParser: { json: { limit: "100mb" } },
    },
  },
});
