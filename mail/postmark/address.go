package postmark

import (
	"net/mail"
	"slices"

	"pavise/mail/letter"
)

// A part is one question: a message, and whom it reaches.
type part struct {
	message *message
	to      []string
}

// address puts the recipients of the envelope where their addresses stand in the header,
// and the others into Bcc. Who stands in the header and not in the envelope is left out:
// Postmark would send to him. With nobody to be seen each is asked for alone, so that none
// reads of another.
func (m *message) address(to []string) []part {
	seen := map[*mail.Address]bool{}
	pick := func(list []*mail.Address, left *[]string) (visible []*mail.Address, names []string) {
		for _, a := range list {
			i := slices.IndexFunc(*left, func(s string) bool { return letter.Same(s, a.Address) })
			if i < 0 || seen[a] || len(visible) == maxVisible {
				continue
			}
			seen[a] = true
			names = append(names, (*left)[i])
			visible = append(visible, a)
			*left = slices.Delete(*left, i, i+1)
		}
		return visible, names
	}
	left := slices.Clone(to)
	tos, first := pick(m.to, &left)
	ccs, second := pick(m.cc, &left)
	var parts []part
	if len(tos) > 0 {
		hidden := left[:min(len(left), maxVisible)]
		left = left[len(hidden):]
		one := *m
		one.To, one.Cc, one.Bcc = joined(tos), joined(ccs), list(hidden)
		parts = append(parts, part{&one, slices.Concat(first, second, hidden)})
	} else {
		left = append(second, left...)
	}
	for _, to := range left {
		parts = append(parts, part{m, nil}.alone(to))
	}
	return parts
}

// alone is the message for one of its recipients.
func (p part) alone(to string) part {
	one := *p.message
	one.To, one.Cc, one.Bcc = to, "", ""
	return part{&one, []string{to}}
}

func list(addresses []string) string {
	all := make([]*mail.Address, len(addresses))
	for i, a := range addresses {
		all[i] = &mail.Address{Address: a}
	}
	return joined(all)
}
