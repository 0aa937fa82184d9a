package requests

import (
	"bytes"
	"fmt"
	"net/http"

	"pavise"
)

const (
	ruleWrite = "requests.methods.write"
	// writeMark is what is written, and looked for.
	writeMark = "pavise-write-mark: made by a scan whose owner agreed; it may be deleted\n"
)

// writing are the questions that show whether a stranger may write, one after the
// other: to put a file that bears our name, to get it, to delete it, and
// to see that it is gone.
func writing(e *pavise.Evidence) (put, get, remove, gone pavise.Probe) {
	r := pavise.Request{URL: e.Target.URL + "/pavise-write-trial.txt", Keep: 4 << 10}
	as := func(method, body, cache string) pavise.Probe {
		r := r
		r.Method, r.Body, r.Header = method, body, http.Header{"Cache-Control": {cache}}
		return pavise.Ask(r)
	}
	return as(http.MethodPut, writeMark, "no-store"), as("", "", "no-cache"), as(http.MethodDelete, "", "no-store"), as("", "", "no-cache, no-store")
}

// writeProbes asks the next of them, as far as the last was taken. Nothing is put
// where nobody has agreed, and what was put is taken away again.
func writeProbes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Agreed == "" {
		return nil
	}
	put, get, remove, gone := writing(e)
	a := e.Answer(put)
	switch {
	case a == nil:
		return []pavise.Probe{put}
	case a.Response == nil || a.Response.Status/100 != 2:
		return nil
	case e.Answer(get) == nil:
		return []pavise.Probe{get}
	case !written(e, get):
		return nil
	case e.Answer(remove) == nil:
		return []pavise.Probe{remove}
	}
	return []pavise.Probe{gone}
}

// written reports whether an answer brings back what was put.
func written(e *pavise.Evidence, get pavise.Probe) bool {
	a, _ := e.Heard(get)
	return a != nil && a.Response.Status == http.StatusOK && bytes.Contains(a.Response.Body, []byte(writeMark))
}

func checkWrite(e *pavise.Evidence) pavise.Finding {
	put, get, _, gone := writing(e)
	f := pavise.Finding{Rule: ruleWrite, Outcome: pavise.Pass, Where: put.Request.URL, Want: "405, or a login first"}
	if e.Target.Agreed == "" {
		return pavise.Skipped(ruleWrite, e.Target.URL, "PUT is tried only with --active")
	}
	a, why := e.Heard(put)
	if a == nil {
		return pavise.Unlooked(ruleWrite, f.Where, why)
	}
	f.Saw, f.Proof = fmt.Sprintf("PUT is answered %d", a.Response.Status), a.Proof()
	switch {
	case a.Response.Status == http.StatusTooManyRequests || a.Response.Status >= 500 && a.Response.Status != http.StatusNotImplemented:
		return pavise.Unlooked(ruleWrite, f.Where, f.Saw)
	case a.Response.Status/100 != 2:
		return f
	}
	if _, why := e.Heard(get); why != "" {
		return pavise.Unlooked(ruleWrite, f.Where, f.Saw+"; whether it is there: "+why)
	}
	if !written(e, get) {
		f.Saw += " and writes nothing"
		return f
	}
	f.Outcome, f.Saw = pavise.Fail, f.Saw+", and the file is there"
	if a, _ := e.Heard(gone); a == nil || written(e, gone) {
		f.Saw += "; it could not be deleted again, and must be by hand"
	}
	return f
}
