package headers

import "strings"

// ancestors reads who may frame a page by its Content-Security-Policy alone:
// the strictest of all its policies, because they intersect.
func ancestors(lines []string) reach {
	least := silent
	for _, line := range lines {
		for policy := range strings.SplitSeq(line, ",") {
			least = stricter(least, policyReach(policy))
		}
	}
	return least
}

// policyReach reads the first frame-ancestors of one policy; a browser ignores
// the others (CSP Level 3 2.2.1).
func policyReach(policy string) reach {
	for directive := range strings.SplitSeq(policy, ";") {
		if r := directiveReach(directive); r != silent {
			return r
		}
	}
	return silent
}

func directiveReach(directive string) reach {
	r := silent
	for word := range strings.FieldsSeq(directive) {
		switch {
		case r != silent:
			r = max(r, sourceReach(word))
		case strings.EqualFold(word, "frame-ancestors"):
			r = nobody // an empty list matches nothing
		default:
			return silent
		}
	}
	return r
}

// sourceReach tells how many sites meet one source. A wildcard within a domain
// names an owner; one for a whole top-level domain, or a bare scheme, does not.
func sourceReach(source string) reach {
	switch {
	case strings.EqualFold(source, "'self'"):
		return itself
	case source[0] == '\'':
		return nobody // 'none', or a keyword that means nothing here
	case strings.HasSuffix(source, ":"):
		return anyone
	}
	_, host, ok := strings.Cut(source, "://")
	if !ok {
		host = source
	}
	if end := strings.IndexAny(host, ":/"); end >= 0 {
		host = host[:end]
	}
	if domain, wild := strings.CutPrefix(host, "*"); wild && strings.Count(domain, ".") < 2 {
		return anyone
	}
	return named
}
