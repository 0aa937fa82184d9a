package pavise

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParsePorts reads ports and ranges, "22,80,8000-8010", in order and each once.
func ParsePorts(list string) ([]int, error) {
	var ports []int
	for part := range strings.SplitSeq(list, ",") {
		from, to, ranged := strings.Cut(strings.TrimSpace(part), "-")
		first, err := parsePort(from)
		last := first
		if err == nil && ranged {
			last, err = parsePort(to)
		}
		if err != nil {
			return nil, err
		}
		if last < first {
			return nil, fmt.Errorf("%q: a range begins with the lower port", part)
		}
		for port := first; port <= last; port++ {
			ports = append(ports, port)
		}
		if len(ports) > 2*maxPort {
			return nil, fmt.Errorf("more than %d ports", maxPort)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports), nil
}

const maxPort = 1<<16 - 1

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no port from 1 to %d", s, maxPort)
	}
	return int(n), nil
}
