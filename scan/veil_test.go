package scan

import (
	"strings"
	"testing"
)

// TestMarks: a secret is not kept in any of the ways in which a site may write it.
func TestMarks(t *testing.T) {
	const secret = `pw&<'é">\ 12345`
	said := []string{secret, `pw&amp;&lt;&#39;é&#34;&gt;\ 12345`, `pw&amp;&lt;&#039;é&quot;&gt;\ 12345`, `pw%26%3C%27%C3%A9%22%3E%5C+12345`,
		`pw&%3C%27%C3%A9%22%3E%5C%2012345`, `pw\u0026\u003c'é\"\u003e\\ 12345`, `pw&<'é\">\\ 12345`}
	v := newVeil()
	for _, s := range said {
		if got := v.marks([]string{secret}).Replace("<p>" + s + "</p>"); strings.Contains(got, "12345") || !strings.Contains(got, v.mark(secret)) {
			t.Errorf("%s: %s", s, got)
		}
	}
}
