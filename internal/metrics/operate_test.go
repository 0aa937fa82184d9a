package metrics

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

var (
	metricIn = regexp.MustCompile(`\b((?:pavise|process|go)_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	labelIn  = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
	byIn     = regexp.MustCompile(`\bby \(([^)]*)\)`)
)

// faults says what a query asks for that nobody tells.
func faults(query, scraped string) (list []string) {
	fault := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, pair := range []string{"()", "{}", "[]"} {
		if strings.Count(query, pair[:1]) != strings.Count(query, pair[1:]) {
			fault("%s is not closed", pair)
		}
	}
	all := slices.Concat(All, OfMail)
	known := []string{"instance", "job", "le"}
	for _, m := range metricIn.FindAllStringSubmatch(query, -1) {
		if !strings.HasPrefix(m[1], "pavise_") {
			if !strings.Contains(scraped, "\n"+m[1]+" ") {
				fault("nobody tells %s", m[1])
			}
			continue
		}
		i := slices.IndexFunc(all, func(one *Metric) bool {
			return one.Name == m[1] && one.Type != "histogram" ||
				one.Type == "histogram" && slices.Contains([]string{"_bucket", "_sum", "_count"}, strings.TrimPrefix(m[1], one.Name))
		})
		if i < 0 {
			fault("nobody tells %s", m[1])
			continue
		}
		if all[i].Type == "counter" && !regexp.MustCompile(`(rate|increase)\(`+m[1]).MatchString(query) {
			fault("%s only grows, and is asked for without a rate", m[1])
		}
		for _, label := range labelIn.FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(append(all[i].Labels, known[:3]...), label[1]) {
				fault("%s has no label %s", m[1], label[1])
			}
		}
		known = append(known, all[i].Labels...)
	}
	for _, by := range byIn.FindAllStringSubmatch(query, -1) {
		for label := range strings.SplitSeq(by[1], ",") {
			if !slices.Contains(known, strings.TrimSpace(label)) {
				fault("by %s, which nothing in it has", label)
			}
		}
	}
	return list
}

// TestGrafana: the dashboard can be imported, and every panel asks for what there is.
func TestGrafana(t *testing.T) {
	data, err := os.ReadFile("../../docs/operate/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title, UID    string
		SchemaVersion int
		Templating    struct {
			List []struct{ Name, Type, Query string }
		}
		Panels []struct {
			ID          int
			Type, Title string
			Datasource  struct{ Type, UID string }
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	if board.Title != "Pavise" || board.UID == "" || board.SchemaVersion < 36 || len(board.Templating.List) != 3 || len(board.Panels) < 10 {
		t.Errorf("%+v", board)
	}
	scraped := scrape(t, busy()) + scrape(t, relay)
	taken := map[[2]int]string{}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Datasource.UID != "${source}" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%q: %+v", p.Title, p)
		}
		ids[p.ID] = true
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if taken[at] != "" {
					t.Fatalf("%q lies over %q", p.Title, taken[at])
				}
				taken[at] = p.Title
			}
		}
		for _, target := range p.Targets {
			for _, fault := range faults(target.Expr, scraped) {
				t.Errorf("%s: %s: %s", p.Title, fault, target.Expr)
			}
		}
	}
	for _, v := range board.Templating.List {
		if name, _, ok := strings.Cut(strings.TrimPrefix(v.Query, "label_values("), ","); ok {
			if !slices.ContainsFunc(All, func(m *Metric) bool { return m.Name == name }) {
				t.Errorf("%s: nobody tells %s", v.Name, name)
			}
		}
	}
}

// TestAlerts: the rules are of Prometheus' form, and ask for what there is. Where promtool
// is at hand it must agree.
func TestAlerts(t *testing.T) {
	const path = "../../docs/operate/alerts.yaml"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         string            `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	decoder, err := yaml.NewLoader(strings.NewReader(string(data)), yaml.WithKnownFields())
	if err == nil {
		err = decoder.Load(&file)
	}
	if err != nil || len(file.Groups) != 1 {
		t.Fatal(err)
	}
	scraped := scrape(t, busy()) + scrape(t, relay)
	seen := map[string]bool{}
	for _, rule := range file.Groups[0].Rules {
		if seen[rule.Alert] || !strings.HasPrefix(rule.Alert, "Pavise") || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" ||
			!slices.Contains([]string{"critical", "warning", "info"}, rule.Labels["severity"]) {
			t.Errorf("%+v", rule)
		}
		seen[rule.Alert] = true
		if _, err := time.ParseDuration(rule.For); rule.For != "" && err != nil {
			t.Errorf("%s: %v", rule.Alert, err)
		}
		for _, fault := range faults(rule.Expr, scraped) {
			t.Errorf("%s: %s: %s", rule.Alert, fault, rule.Expr)
		}
	}
	if promtool, err := exec.LookPath("promtool"); err == nil {
		if out, err := exec.Command(promtool, "check", "rules", path).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// TestQueriesAreChecked: the check of queries finds what is wrong with them.
func TestQueriesAreChecked(t *testing.T) {
	for _, bad := range []string{"rate(pavise_nothing_total[5m])", "pavise_http_requests_total", `pavise_ready{site="x"}`, "sum by (site) (pavise_ready)", "rate(pavise_ready[5m]",
		"process_nothing"} {
		if len(faults(bad, "")) == 0 {
			t.Errorf("%s is found good", bad)
		}
	}
}
