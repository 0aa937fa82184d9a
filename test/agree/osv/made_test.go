package osv

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// each is how many flaws are made for a version.
const each = 12

// around are archives of flaws whose ranges begin and end around the versions that either
// sees, by ecosystem. The same versions give the same flaws.
func around(t *testing.T, us, them view) map[string]string {
	all := merged(us, them)
	archives := map[string]string{}
	for p := range all {
		if archives[p.ecosystem] != "" {
			continue
		}
		file := filepath.Join(t.TempDir(), "all.zip")
		archives[p.ecosystem] = file
		f, err := os.Create(file)
		must(t, err)
		defer f.Close()
		z := zip.NewWriter(f)
		for _, p := range all.in(p.ecosystem) {
			for _, r := range made(p, all.in(p.ecosystem)) {
				w, err := z.Create(r.ID + ".json")
				must(t, err)
				must(t, json.NewEncoder(w).Encode(r))
			}
		}
		must(t, z.Close())
	}
	return archives
}

type record struct {
	Schema    string     `json:"schema_version"`
	ID        string     `json:"id"`
	Modified  string     `json:"modified"`
	Withdrawn string     `json:"withdrawn,omitempty"`
	Aliases   []string   `json:"aliases,omitempty"`
	Affected  []affected `json:"affected"`
}

type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Ranges   []stretch `json:"ranges,omitempty"`
	Versions []string  `json:"versions,omitempty"`
}

type stretch struct {
	Type   string              `json:"type"`
	Events []map[string]string `json:"events"`
}

// made are flaws of one package: the first of all its versions, the last withdrawn, others
// by name, and most by ranges.
func made(p pkg, others []pkg) (list []record) {
	sum := fnv.New64a()
	fmt.Fprint(sum, p)
	r := rand.New(rand.NewPCG(sum.Sum64(), 1))
	near := neighbours(p, others, r)
	for i := range each {
		rec := record{Schema: "1.6.0", ID: fmt.Sprintf("MADE-%x-%d", sum.Sum64(), i), Modified: "2026-11-01T00:00:00Z"}
		var a affected
		a.Package.Ecosystem, a.Package.Name = p.ecosystem, p.name
		switch {
		case i == 0:
			a.Ranges = []stretch{{"SEMVER", []map[string]string{{"introduced": "0"}}}}
		case i == 1:
			a.Versions = []string{near[r.IntN(len(near))], p.version}
		case i == 2:
			a.Versions = []string{near[1+r.IntN(len(near)-1)]}
		case i == 3: // another name of the first, and of some of the versions alone
			rec.Aliases = []string{list[0].ID}
			fallthrough
		default:
			for range 1 + r.IntN(2) {
				a.Ranges = append(a.Ranges, stretch{kind(p.ecosystem), events(near, r)})
			}
		}
		if i == each-1 {
			rec.Withdrawn = "2026-11-02T00:00:00Z"
		}
		rec.Affected = []affected{a}
		list = append(list, rec)
	}
	return list
}

func kind(ecosystem string) string {
	if ecosystem == "npm" || ecosystem == "Go" {
		return "SEMVER"
	}
	return "ECOSYSTEM"
}

// events are those of a range, in any order.
func events(near []string, r *rand.Rand) (list []map[string]string) {
	picked := slices.Clone(near)
	r.Shuffle(len(picked), func(i, j int) { picked[i], picked[j] = picked[j], picked[i] })
	if r.IntN(2) == 0 {
		list = append(list, map[string]string{"introduced": "0"})
	} else {
		list = append(list, map[string]string{"introduced": picked[0]})
	}
	switch r.IntN(4) {
	case 0:
		list = append(list, map[string]string{"last_affected": picked[1]})
	case 1:
		list = append(list, map[string]string{"fixed": picked[1]}, map[string]string{"introduced": picked[2]}, map[string]string{"fixed": picked[3]})
	default:
		list = append(list, map[string]string{"fixed": picked[1]})
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

var numbers = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)`)

// early are the marks of versions before a release, and behind one, by ecosystem.
var early = map[string][]string{
	"npm": {"-0", "-rc.1", "-rc.11", "-beta", "-alpha.1.x"}, "Go": {"-0", "-rc.1", "-0.20200101000000-abcdefabcdef"},
	"PyPI": {"rc1", "a2", ".dev3", ".post1", "b10"}, "RubyGems": {".rc1", ".pre", ".beta.2", ".1"}, "Packagist": {"-RC1", "-beta2", "-alpha10", ".1"},
}

// neighbours are versions near one, itself first, each once.
func neighbours(p pkg, others []pkg, r *rand.Rand) []string {
	near := []string{p.version}
	if n := numbers.FindStringSubmatch(p.version); n != nil {
		for part := 1; part <= 3; part++ {
			number, _ := strconv.Atoi(n[part])
			for _, by := range []int{-1, 1, 9} {
				m := slices.Clone(n[1:])
				m[part-1] = strconv.Itoa(max(0, number+by))
				near = append(near, m[0]+"."+m[1]+"."+m[2])
			}
		}
		for _, mark := range early[p.ecosystem] {
			near = append(near, n[0]+mark)
		}
	}
	for range 4 {
		near = append(near, others[r.IntN(len(others))].version)
	}
	near = append(near, "0.0.1", "1.0.0", "2.0.0", "99.0.0")
	first := near[0]
	slices.Sort(near)
	near = slices.DeleteFunc(slices.Compact(near), func(v string) bool { return v == first || v == "" })
	return append([]string{first}, near...)
}
