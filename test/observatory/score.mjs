// Reads sites from standard input, a JSON list of {host, http, https} with the ports,
// and writes what the HTTP Observatory makes of each. Two things are put right: its
// list of preloaded sites is not there, because it comes from the network at install,
// and is taken for empty; and the Origin that it has sent, which axios keeps elsewhere
// than its test for CORS looks, is shown to that test.
import fs from "fs";

const read = fs.readFileSync;
fs.readFileSync = (path, ...more) => (String(path).endsWith("hsts-preload.json") ? "{}" : read(path, ...more));

const from = "@mdn/mdn-http-observatory/src/";
const { retrieve } = await import(from + "retriever/retriever.js");
const { ALL_TESTS } = await import(from + "constants.js");
const { getGradeForScore, getScoreModifier } = await import(from + "grader/grader.js");
const { CONFIG } = await import(from + "config.js");

async function score({ host, http, https }) {
  const seen = await retrieve(host, { httpPort: http, httpsPort: https });
  if (!seen.responses.auto) throw new Error("nobody answers");
  if (seen.responses.cors) seen.responses.cors.request = { headers: { origin: CONFIG.retriever.corsOrigin } };
  let whole = 100, penalised = 100;
  const tests = {};
  for (const test of ALL_TESTS) {
    const { result, constructor } = test(seen);
    const points = getScoreModifier(result);
    tests[constructor.name] = `${points} ${result}`;
    whole += points;
    penalised += Math.min(points, 0);
  }
  return { ...getGradeForScore(penalised >= 90 ? whole : penalised), tests };
}

const sites = JSON.parse(read(0, "utf8"));
const out = [];
for (const site of sites) out.push(await score(site));
process.stdout.write(JSON.stringify(out));
process.exit(0);
