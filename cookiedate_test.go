package pavise

import "testing"

// FuzzCookieDate: no date makes the reader fail, and what a browser takes for one is in
// a year that there can be.
func FuzzCookieDate(f *testing.F) {
	for _, s := range []string{"", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01-Jan-70 00:00:01 GMT", "1 2 3:4:5 may 99", "::::", "\xff31 dec 9999 23:59:59"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if date, ok := cookieDate(s); ok && (date.Year() < 1601 || date.Year() > 9999) {
			t.Errorf("%q: %v", s, date)
		}
	})
}
