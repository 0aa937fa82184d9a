package versions

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pavise/test/tools"
)

// pick is one of a list.
func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// someVersion is a version as registries have them, loose ones among them, in a small
// space so that many meet.
func someVersion(r *rand.Rand) string {
	n := func() string { return pick(r, "0", "0", "1", "2", "3", "10", "01") }
	v := pick(r, "", "", "", "", "v", "=", "= v") + n() + "." + n() + "." + n()
	return v + pick(r, "", "", "", "", "-0", "-1", "-alpha", "-alpha.1", "-alpha.beta", "-beta.2", "-beta.11", "-rc.01", "beta", "-", "--", "-.a", "-A", "+build.1", "-rc+b", ".4", "x")
}

// someRange is a range as manifests have them, and as they should not.
func someRange(r *rand.Rand) string {
	n := func() string { return pick(r, "0", "0", "1", "2", "3", "10", "x", "*", "X") }
	partial := func() string {
		v := pick(r, "", "", "", "v", "=") + n()
		for range r.IntN(3) {
			v += "." + n()
		}
		return v
	}
	end := func() string {
		if r.IntN(3) > 0 {
			return someVersion(r)
		}
		return partial()
	}
	comparator := func() string {
		return pick(r, "", "^", "~", "~>", ">", ">=", "<", "<=", "=", "> ", "<= ", "^ ", "~ ", "~> ", "= ", ">= ", ">==", "=>") + end()
	}
	var alternatives []string
	for range 1 + r.IntN(5)/3 {
		switch r.IntN(8) {
		case 0:
			bare := strings.NewReplacer("= v", "v") // whose space would end the range
			alternatives = append(alternatives, bare.Replace(end())+" - "+bare.Replace(end()))
		case 1:
			alternatives = append(alternatives, pick(r, "", "*", "x", ">=0.0.0", "foo", "<*", "latest", "1.x.3", ">=1 foo", ">1 - 2"))
		default:
			var list []string
			for range 1 + r.IntN(3) {
				list = append(list, comparator())
			}
			alternatives = append(alternatives, strings.Join(list, pick(r, " ", " ", "  ", ",", "")))
		}
	}
	return strings.Join(alternatives, pick(r, "||", " || ", " ||"))
}

// asked answers questions of semver itself, which npm decides by: one in a line, and an
// answer for each.
const asked = `
const semver = require(process.argv[1]), loose = true
require('readline').createInterface({input: process.stdin}).on('line', line => {
  const [a, b, range] = JSON.parse(line)
  const valid = v => semver.valid(v, loose) !== null
  console.log(JSON.stringify([valid(a), valid(a) && valid(b) ? semver.compare(a, b, loose) : null,
    semver.validRange(range, loose) === null ? null : semver.satisfies(a, range, loose)]))
})`

// TestAsNPM: 10,000 pairs and ranges are decided as semver decides them.
func TestAsNPM(t *testing.T) {
	node := tools.Need(t, "nodejs")
	module, err := filepath.Abs("../../test/apps/node_modules/semver")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(module, "package.json")); err != nil {
		tools.Lack(t, "semver is missing: run .ci/deps")
	}
	const rounds = 10_000
	r := rand.New(rand.NewPCG(1, 2))
	var questions strings.Builder
	var list [][3]string
	for range rounds {
		q := [3]string{someVersion(r), someVersion(r), someRange(r)}
		raw, _ := json.Marshal(q)
		questions.Write(append(raw, '\n'))
		list = append(list, q)
	}
	cmd := exec.CommandContext(t.Context(), node, "-e", asked, module)
	cmd.Stdin = strings.NewReader(questions.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	npm, _ := Of("npm")
	answers := bufio.NewScanner(strings.NewReader(string(out)))
	wrong := 0
	for _, q := range list {
		answers.Scan()
		if got := ownAnswer(npm, q); got != answers.Text() {
			if wrong++; wrong < 20 {
				t.Errorf("%q: %s, and semver says %s", q, got, answers.Text())
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, rounds)
	}
}

func ownAnswer(s System, q [3]string) string {
	order, within := "null", "null"
	if s.Valid(q[0]) && s.Valid(q[1]) {
		order = fmt.Sprint(s.Compare(q[0], q[1]))
	}
	if _, err := s.Range(q[2]); err == nil {
		in, _ := s.Satisfies(q[0], q[2])
		within = fmt.Sprint(in)
	}
	return fmt.Sprintf("[%v,%s,%s]", s.Valid(q[0]), order, within)
}
