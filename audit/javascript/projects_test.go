package javascript_test

import (
	"strings"
	"testing"
)

// TestProjects reads what real projects have and was not read.
func TestProjects(t *testing.T) {
	p := read(t, map[string]string{
		"app.js": `const session = require("express-session"), path = require("path");
const all = require(path.resolve(__dirname + "/config/all.js")), more = require(path.join(__dirname, "config", "more"));
session({ secret: all.secret, name: more.name });
loginAttempts.push(1); other.push(2);
fetch(req.body.url);
self.find(req, req.body); find(x, req.body);
fs.writeFile(cacheKey(req.url)); fs.readFile(path.relative("/", req.url));
//# sourceMappingURL=data:` + strings.Repeat("a", 30<<10),
		"config/all.js":  "module.exports = { secret: 'abc' };",
		"config/more.js": "module.exports = { name: 'sid' };",
	})
	var got []string
	for _, line := range lines(p) {
		if strings.HasPrefix(line, "app.js") && !strings.Contains(line, " path.") {
			got = append(got, line)
		}
	}
	same(t, got, `
app.js:3 express-session {secret: "abc", name: "sid"}
app.js:4 ?loginAttempts.push 1
app.js:5 fetch ?req.body.url asked req.body.url
app.js:6 ?self.find ?req ?req.body asked req.body
`)
}

// TestBundlesComeLast reads what the server runs before what browsers get.
func TestBundlesComeLast(t *testing.T) {
	files := map[string]string{"server/app.js": "require('express')();"}
	for _, name := range strings.Fields("a b c d e f g h i j") {
		files["admin/bundles/"+name+".js"] = strings.Repeat("// long\n", 245<<10)
	}
	p := read(t, files)
	if len(p.Uses) != 1 || len(p.Unread) == 0 {
		t.Errorf("%v, %v", lines(p), p.Unread)
	}
}
