package advisories

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"pavise"
)

// cycles reads how long releases of products get fixes, as endoflife.date tells it: a
// list in a file that bears the product's name, or the answers of its API v1.
type cycles struct{}

// The address and licence as of https://endoflife.date/docs/api/v1/ (read 2026-11-21).
func (cycles) Source() Source {
	return Source{Name: "endoflife.date", Licence: "MIT", Address: "https://endoflife.date/api/v1/products/full"}
}

func (cycles) Reads(_ string, head []byte) bool {
	return bytes.Contains(head, []byte(`"result"`)) || bytes.Contains(head, []byte(`"cycle"`)) && bytes.HasPrefix(bytes.TrimSpace(head), []byte("["))
}

// Import reads a file of one product, or of all.
func (c cycles) Import(part *Part, name string, r io.Reader) error {
	data, err := whole(name, r)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		product := strings.ToLower(strings.TrimSuffix(path.Base(strings.ReplaceAll(name, `\`, "/")), ".json"))
		var list []cycle
		if err := json.Unmarshal(data, &list); err != nil {
			return fault(name, data, offset(err), "", err)
		}
		if err := c.add(part, product, list); err != nil {
			return fault(name, data, 0, "", err)
		}
		return nil
	}
	return eachKey(name, bytes.NewReader(data), func(key string, raw json.RawMessage) error {
		switch key {
		case "generated_at", "last_modified":
			var at time.Time
			if err := json.Unmarshal(raw, &at); err == nil && at.After(part.Source.Dated) {
				part.Source.Dated = at.UTC()
			}
			return nil
		case "result":
			return c.result(part, raw)
		}
		return nil
	})
}

type product struct {
	Name     string  `json:"name"`
	Releases []cycle `json:"releases"`
}

func (c cycles) result(part *Part, raw json.RawMessage) error {
	var all []product
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		raw = append(append([]byte("["), raw...), ']')
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for _, p := range all {
		if p.Name == "" {
			return errors.New("a product has no name")
		}
		if err := c.add(part, p.Name, p.Releases); err != nil {
			return err
		}
	}
	return nil
}

// A cycle is one release: of the list by its first four keys, of API v1 by the others.
type cycle struct {
	Cycle    word `json:"cycle"`
	EOL      day  `json:"eol"`
	Extended day  `json:"extendedSupport"`

	Name  word `json:"name"`
	Over  bool `json:"isEol"`
	From  day  `json:"eolFrom"`
	Bonus day  `json:"eoesFrom"`
}

// word is a string, or a number that ought to be one.
type word string

func (w *word) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(w))
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*w = word(n.String())
	return nil
}

// day is a date, or whether it has come.
type day struct {
	come bool
	at   time.Time
}

func (d *day) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
	case bool:
		d.come = v
	case string:
		at, err := time.Parse(time.DateOnly, v)
		if err != nil {
			return fmt.Errorf("%q is no date such as 2026-04-30", clip(v))
		}
		d.at = at
	default:
		return fmt.Errorf("%v is neither a date nor true or false", v)
	}
	return nil
}

// add keeps the releases of a product. Support that can be bought counts: from outside
// nobody knows who has bought it.
func (c cycles) add(part *Part, product string, list []cycle) error {
	product = strings.ToLower(clip(product))
	for i, one := range list {
		release := clip(string(one.Cycle) + string(one.Name))
		if release == "" {
			return fmt.Errorf("%s: release %d has no name", product, i+1)
		}
		e := Entry{Ecosystem: Product, Name: product, Cycle: release}
		end := one.EOL.at
		for _, at := range []time.Time{one.From.at, one.Extended.at, one.Bonus.at} {
			if at.After(end) {
				end = at
			}
		}
		if over := one.EOL.come || one.Over; over || !end.IsZero() {
			e.Notice = &pavise.Notice{ID: pavise.EndOfLife, Title: product + " " + release + " gets no more fixes", Ended: end,
				Source: "https://endoflife.date/" + product}
		}
		if err := part.add(e); err != nil {
			return err
		}
	}
	return nil
}

func offset(err error) int64 {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Offset
	}
	return within(err)
}
