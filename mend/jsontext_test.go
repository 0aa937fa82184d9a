package mend

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEditsStayWhereTheyAre(t *testing.T) {
	set := func(value string, path ...string) func(*jsonText) error {
		return func(d *jsonText) error { return d.set(value, path...) }
	}
	remove := func(path ...string) func(*jsonText) error {
		return func(d *jsonText) error { _, err := d.remove(path...); return err }
	}
	for name, c := range map[string]struct {
		text, want string
		edit       func(*jsonText) error
	}{
		"a value, and nothing else": {"{\n\t\"b\":  1,\n\t\"dependencies\": { \"qs\" : \"4.0.0\" , \"x\": [1, {}] }\n}\n\n",
			"{\n\t\"b\":  1,\n\t\"dependencies\": { \"qs\" : \"^6.5.3\" , \"x\": [1, {}] }\n}\n\n", set("^6.5.3", "dependencies", "qs")},
		"new objects, with the file's lines": {"{\r\n    \"name\": \"a\"\r\n}",
			"{\r\n    \"name\": \"a\",\r\n    \"overrides\": {\r\n        \"express\": {\r\n            \"qs\": \"6.5.3\"\r\n        }\r\n    }\r\n}", set("6.5.3", "overrides", "express", "qs")},
		"in its place where the others are in order": {"{\n  \"overrides\": {\n    \"a\": \"1\",\n    \"c\": \"1\"\n  }\n}\n",
			"{\n  \"overrides\": {\n    \"a\": \"1\",\n    \"b\": \"2\",\n    \"c\": \"1\"\n  }\n}\n", set("2", "overrides", "b")},
		"as the last where they are in none": {"{\n  \"o\": {\n    \"c\": \"1\",\n    \"a\": \"1\"\n  }\n}\n",
			"{\n  \"o\": {\n    \"c\": \"1\",\n    \"a\": \"1\",\n    \"b\": \"2\"\n  }\n}\n", set("2", "o", "b")},
		"on one line":             {`{"o":{"a":"1"}}`, `{"o":{"a":"1","b":"2"}}`, set("2", "o", "b")},
		"on one line, with space": {`{"o": {"b": "1", "c": "1"}}`, `{"o": {"a": "2", "b": "1", "c": "1"}}`, set("2", "o", "a")},
		"the last of two":         {`{"a":"1","a":"2"}`, `{"a":"1","a":"3"}`, set("3", "a")},
		"angles stay":             {`{"a":"1"}`, `{"a":">=2 <3"}`, set(">=2 <3", "a")},
		"the first is removed":    {"{\n  \"a\": 1,\n  \"b\": 2\n}", "{\n  \"b\": 2\n}", remove("a")},
		"the last is removed":     {"{\n  \"a\": 1,\n  \"b\": 2\n}", "{\n  \"a\": 1\n}", remove("b")},
		"the only one is removed": {`{"o": { "a": 1 }}`, `{"o": {}}`, remove("o", "a")},
		"what is not there":       {`{"o": 1}`, `{"o": 1}`, remove("x", "a")},
		"behind a mark":           {"\xef\xbb\xbf{\"a\":\"1\"}", "\xef\xbb\xbf{\"a\":\"2\"}", set("2", "a")},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := readJSON([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.edit(d); err != nil {
				t.Fatal(err)
			}
			if got := string(d.text); got != c.want {
				t.Errorf("it became\n%q, not\n%q", got, c.want)
			}
		})
	}
}

func TestNoJSON(t *testing.T) {
	for text, want := range map[string]string{
		"":  "no JSON",
		"{": "no JSON",
		strings.Repeat("[", maxNested+2) + strings.Repeat("]", maxNested+2): "nested",
	} {
		if _, err := readJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q gave %v", text, err)
		}
	}
	d, _ := readJSON([]byte(`{"a": 1}`))
	if err := d.set("x", "a", "b"); err == nil || err.Error() != "a is no object" {
		t.Errorf("it said %v", err)
	}
}

func FuzzJSONText(f *testing.F) {
	f.Add(`{"a": {"b": "c"}, "x": [1, "]"]}`, "a", "b")
	f.Fuzz(func(t *testing.T, text, a, b string) {
		d, err := readJSON([]byte(text))
		if err != nil {
			return
		}
		if d.set("v", a, b) == nil {
			if got, ok := d.get(a, b); !ok || got != "v" || !json.Valid([]byte(strings.TrimPrefix(string(d.text), "\xef\xbb\xbf"))) {
				t.Errorf("%q became %q", text, d.text)
			}
		}
		d.remove(a, b)
	})
}
