package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
)

// TestMistakesSayWhatToType: what a newcomer gets wrong is named as he typed it.
func TestMistakesSayWhatToType(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pavise.yaml", "sites: [{hosts: [shop.test], to: '0.0.0.0:3000'}]\n")
	write(t, "empty.pem", "")
	write(t, "kinds.json", `{"schema": "pavise.evidence/1",
"answers": [{"probe": {"request": {"url": 5}}}]}`)
	write(t, "report.json", "{\"schema\": \"pavise.report/1\",\n\"findings\": [{\"outcome\": 7}]}")
	kept, _ := filepath.Abs("kept")
	for _, tt := range []struct{ line, said, hint string }{
		{"serve --to 3000 --store file:kept", `store: the path of a file must be absolute: file:/var/lib/pavise/store, not "kept"`, "--store file:" + kept},
		{"serve --to 0.0.0.0:3000", "0.0.0.0 means every address of this machine", "--to 127.0.0.1:3000, and have the app listen there alone"},
		{"serve --to [::]:3000", ":: means every address of this machine", "--to 127.0.0.1:3000, and have the app listen there alone"},
		{"serve --config pavise.yaml", "0.0.0.0 means every address of this machine (write 127.0.0.1:3000, and have the app listen there alone)", "pavise check pavise.yaml"},
		{"serve", "where does the app listen? --to or --config must say", "there is a pavise.yaml here: pavise serve --config pavise.yaml"},
		{"serve --to 3000 --http 8080", `--http: "8080" is no address with a port`, "--http :8080"},
		{"serve --to 3000 --listen 8443", `--listen: "8443" is no address with a port`, "--listen :8443"},
		{"serve --to 3000 --http localhost", `--http: "localhost" is no address with a port`, "--http :8443, or 127.0.0.1:8443, or [::1]:8443"},
		{"serve --config nope.yaml", "there is no configuration nope.yaml", "a relative path begins at the folder in which pavise was started: ls ."},
		{"srve --to 3000", `pavise does not know "srve"`, "did you mean pavise serve?"},
		{"servr", `pavise does not know "servr"`, "did you mean pavise serve?"},
		{"nonsense", `pavise does not know "nonsense"`, "pavise --help"},
		{"--nonsense", "unknown flag: --nonsense", "pavise --help"},
		{"serve --confg x", "unknown flag: --confg", "did you mean --config? pavise serve --help"},
		{"serve -x", "unknown shorthand flag: 'x' in -x", "pavise serve --help"},
		{"completion bsh", `pavise completion does not know "bsh"`, "did you mean pavise completion bash?"},
		{"controls login", `there is no control "login"`, "did you mean login.rate, login.guard, login.enumeration?"},
		{"controls login.gaurd", `there is no control "login.gaurd"`, "pavise controls login.guard"},
		{"controls nope", `there is no control "nope"`, "pavise controls lists them"},
		{"serve --to 3000 --acme off --acme-email a@shop.test", "--acme off asks no authority: the other --acme-… flags do nothing", "leave out --acme off, or the others"},
		{"serve --to 3000 --acme-root nope.pem", "--acme-root nope.pem: no such file or directory", "--acme-root ca.pem, a PEM file of certificates"},
		{"serve --to 3000 --acme-root empty.pem", "--acme-root empty.pem: there is no PEM certificate in it", "--acme-root ca.pem, a PEM file of certificates"},
		{"scan --evidence pavise.yaml", "--evidence pavise.yaml is no saved evidence", "pavise scan URL --save-evidence FILE"},
		{"scan --evidence kinds.json", "--evidence kinds.json: line 2: answers.probe.request.url must be a string, and is a number", "pavise scan URL --save-evidence FILE"},
		{"scan --evidence /dev/zero", "--evidence: /dev/zero is larger than 128 MiB", "pavise scan URL --save-evidence FILE"},
		{"scan https://127.0.0.1:1 --baseline report.json", "--baseline report.json: line 2: findings.outcome must be a string, and is a number", "pavise scan URL -o old.json"},
		{"scan https://127.0.0.1:1 -o nope/x.html", "--output: open nope/x.html: no such file or directory", "--output FILE, in a directory that is there and yours"},
		{"scan https://127.0.0.1:1 --save-evidence .", "--save-evidence: open .: is a directory", "--save-evidence FILE, in a directory that is there and yours"},
	} {
		var said strings.Builder
		code := run(strings.Fields(tt.line), io.Discard, &said)
		error, hint, _ := strings.Cut(said.String(), "\npavise: hint: ")
		if code != cli.ExitUsage || !strings.HasSuffix(error, tt.said) || strings.TrimSpace(hint) != tt.hint {
			t.Errorf("pavise %s: exit %d\n%s", tt.line, code, said.String())
		}
	}
}

// TestEndedBesideMistakes: what else is wrong hides no exception that has ended.
func TestEndedBesideMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pavise.yaml", `sites:
  - hosts: [shop.test]
    to: 3000
    controls: {headers.frmae: {}}
    except:
      - {control: requests.origin, reason: once, until: 2020-06-30}
`)
	var said strings.Builder
	code := run([]string{"check"}, io.Discard, &said)
	for _, want := range []string{`pavise.yaml:4:16: controls: unknown control "headers.frmae"`,
		"pavise.yaml:6: the exception to requests.origin ended on 2020-06-30", "has 2 mistakes"} {
		if code != cli.ExitUsage || !strings.Contains(said.String(), want) {
			t.Errorf("exit %d, without %q:\n%s", code, want, said.String())
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOneMistakeIsToldOnce: what cannot be read is not judged as if it had been left
// empty, and the hint shows how it is written.
func TestOneMistakeIsToldOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct{ controls, want string }{
		{"login.guard: {routes: [/enter]}", `login.guard: routes: want a map, got "/enter" (such as {path: …})`},
		{"login.guard: {routes: {path: /enter}}", `login.guard: routes: want a list, got a map (such as [{path: …}])`},
		{"login.guard: {routes: [{pth: /enter}]}", `login.guard: routes: unknown key "pth" (did you mean "path"?)`},
		{`requests.size: {paths: ["POST /up"]}`, `requests.size: paths: want a map, got "POST /up" (such as {path: …, body: …})`},
		{`requests.size: {paths: "POST /up"}`, `requests.size: paths: want a list, got "POST /up" (such as [{path: …, body: …}])`},
		{"requests.size: {body: 1MiB}", `requests.size: body: want a whole number, got "1MiB" (write 1048576)`},
		{"requests.size: {body: 10MB}", `requests.size: body: want a whole number, got "10MB" (write 10000000)`},
		{"requests.size: {body: 512k}", `requests.size: body: want a whole number, got "512k" (write 524288)`},
		{"requests.size: {body: 2 g}", `requests.size: body: want a whole number, got "2 g" (write 2147483648)`},
		{"requests.size: {body: 9999999999k}", `requests.size: body: want a whole number, got "9999999999k"`},
		{"requests.size: {body: bib}", `requests.size: body: want a whole number, got "bib"`},
	} {
		write(t, "pavise.yaml", "sites: [{hosts: [shop.test], to: 3000, controls: {"+tt.controls+"}}]\n")
		var said strings.Builder
		run([]string{"check"}, io.Discard, &said)
		_, got, _ := strings.Cut(said.String(), "pavise.yaml:1:")
		if _, text, _ := strings.Cut(got, ": "); text != tt.want+"\npavise: pavise.yaml has 1 mistake\n" {
			t.Errorf("%s:\n%s", tt.controls, said.String())
		}
	}
}

// TestCheckTellsWhatIsAccepted: by whom, and until when.
func TestCheckTellsWhatIsAccepted(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pavise.yaml", `sites:
  - hosts: [shop.example.com]
    to: 3000
    accept:
      - {rule: headers.nosniff.present, reason: known, owner: Ada, until: 2999-12-31}
`)
	const want = "pavise.yaml:5: headers.nosniff.present is accepted at every place until 2999-12-31 by Ada: known"
	if code, out, said := runs(t, "check"); code != cli.ExitClean || !strings.Contains(out, want) {
		t.Errorf("exit %d\n%s%s", code, out, said)
	}
}

// TestControlsOnDisk: what is audited is listed as what is enforced, without what only an
// edge can be told.
func TestControlsOnDisk(t *testing.T) {
	if code, out, _ := runs(t, "controls", "project.runtime"); code != cli.ExitClean || !strings.Contains(out, "pavise.audit.yaml") || strings.Contains(out, "except:") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if code, out, _ := runs(t, "controls"); code != cli.ExitClean || !strings.Contains(out, "project.dependencies") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// TestCheckGuards: what serve would not stand in front of is a mistake already.
func TestCheckGuards(t *testing.T) {
	t.Chdir(t.TempDir())
	for to, want := range map[string]string{"10.0.0.5:3000": "pavise.yaml:3: http://10.0.0.5:3000 is on another machine", "443": "pavise.yaml:3: http://127.0.0.1:443 is where Pavise itself would listen",
		"10.0.0.5:3000\n    allow-remote-upstream: true": ""} {
		write(t, "pavise.yaml", "sites:\n  - hosts: [shop.example.com]\n    to: "+to+"\n")
		code, _, said := runs(t, "check")
		if (code == cli.ExitUsage) != (want != "") || !strings.Contains(said, want) {
			t.Errorf("%s: exit %d\n%s", to, code, said)
		}
	}
}
