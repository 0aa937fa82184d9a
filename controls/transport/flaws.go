package transport

import "pavise"

// Flaws are the known flaws of TLS: faults of servers that are tried, and attacks that
// follow from what is offered. What serves TLS here is Go's crypto/tls, which has none
// of them, so there is nothing to enforce.
type Flaws struct{}

// Doc describes the control.
func (Flaws) Doc() pavise.Doc {
	doc := pavise.Doc{
		ID:       "transport.flaws",
		Title:    "Known flaws of TLS",
		Why:      "A server that is old or set up as long ago may give away its key, the memory of its process or the cookies of its visitors to whoever knows one of the published attacks, and scan vendors try them all.",
		Verifies: "Faults of a server by one to five connections of our own, where what it offers makes them possible; a fault counts if it shows three times in the same way. Attacks that follow from what is offered by that alone.",
	}
	for _, t := range triedFlaws() {
		doc.Rules = append(doc.Rules, t.rule)
	}
	for _, c := range offerFlaws() {
		doc.Rules = append(doc.Rules, c.rule)
	}
	doc.Rules = append(doc.Rules, httpFlaws()...)
	return doc
}

// Validate reports nothing: there is nothing to set.
func (Flaws) Validate() error { return nil }

// Probes asks for the offer first, and tries a flaw only where it can be: the last when
// the others have been, for whom the server might have no time meanwhile.
func (Flaws) Probes(e *pavise.Evidence) []pavise.Probe {
	probes := append([]pavise.Probe{handshake(e)}, leakProbes(e)...)
	if !speaksTLS(e) {
		return probes
	}
	probes = append(probes, offering(e))
	o, _ := offeredTo(e)
	if o == nil {
		return probes
	}
	waiting := false
	tries := triedFlaws()
	for i, t := range tries {
		if can, _ := t.can(o); !can || waiting && i == len(tries)-1 {
			continue
		}
		p := t.probe(e)
		probes, waiting = append(probes, p), waiting || e.Answer(p) == nil
	}
	return probes
}

// Check judges the tries, then what follows from the offer, then what HTTP adds.
func (Flaws) Check(e *pavise.Evidence) []pavise.Finding {
	o, why := offeredTo(e)
	spoken := speaksTLS(e)
	judged := func(id string, judge func() pavise.Finding) pavise.Finding {
		switch {
		case !spoken:
			return pavise.Skipped(id, e.Target.TLS, "there is no TLS to judge")
		case o == nil:
			return pavise.Unlooked(id, e.Target.TLS, why)
		}
		return judge()
	}
	var found []pavise.Finding
	for _, t := range triedFlaws() {
		found = append(found, judged(t.rule.ID, func() pavise.Finding { return t.check(e, o) }))
	}
	for _, c := range offerFlaws() {
		found = append(found, judged(c.rule.ID, func() pavise.Finding { return c.check(e, o) }))
	}
	return append(found, checkBreach(e), checkOpossum(e))
}
