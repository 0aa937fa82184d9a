package report

import (
	"encoding/json"
	"fmt"
	"io"

	"pavise"
)

// JSON writes the report in the form that Schema names.
func (r *Report) JSON(w io.Writer) error { return writeJSON(w, r) }

// JSON writes one report as it is, and several as {"schema", "reports"}.
func (rs Reports) JSON(w io.Writer) error {
	if len(rs) == 1 {
		return rs[0].JSON(w)
	}
	return writeJSON(w, struct {
		Schema  string         `json:"schema"`
		Verdict pavise.Outcome `json:"verdict"`
		Reports Reports        `json:"reports"`
	}{ManySchema, rs.Verdict(), append(Reports{}, rs...)})
}

// CompareJSON writes the reports of the same site without and with the shield.
func CompareJSON(w io.Writer, naked, shielded *Report) error {
	return writeJSON(w, struct {
		Naked    *Report `json:"naked"`
		Shielded *Report `json:"shielded"`
	}{naked, shielded})
}

// UnmarshalJSON reads what JSON wrote. It takes no other schema, and holds what
// it reads to the same bounds as New.
func (r *Report) UnmarshalJSON(b []byte) error {
	type bare Report
	if err := json.Unmarshal(b, (*bare)(r)); err != nil {
		return err
	}
	if r.Schema != Schema {
		return fmt.Errorf("report: schema must be %q, not %q", Schema, clean(r.Schema, maxLine))
	}
	r.clean()
	return nil
}

// Read reads what JSON wrote: the reports of one run.
func Read(data []byte) (Reports, error) {
	var head struct{ Schema string }
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if head.Schema != ManySchema {
		r := new(Report)
		return Reports{r}, json.Unmarshal(data, r)
	}
	var many struct{ Reports Reports }
	return many.Reports, json.Unmarshal(data, &many)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // curl lines stay readable
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
