package pavise

import (
	"slices"
	"strings"
	"testing"
)

func TestParsePorts(t *testing.T) {
	got, err := ParsePorts("80, 22,8000-8002,80")
	if want := []int{22, 80, 8000, 8001, 8002}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if all, err := ParsePorts("1-65535"); err != nil || len(all) != 65535 {
		t.Errorf("%d, %v", len(all), err)
	}
	for _, bad := range []string{"", "0", "65536", "-1", "80-", "90-80", "http", "1-65535,1-65535,1-65535", strings.Repeat("1-65535,", 1000)} {
		if got, err := ParsePorts(bad); err == nil {
			t.Errorf("%.20q: %d ports", bad, len(got))
		}
	}
}
