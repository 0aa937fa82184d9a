package advisories

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// eachKey calls do for every key of the object that a file is. What do finds wrong is
// said with the line and the key.
func eachKey(name string, r io.Reader, do func(key string, raw json.RawMessage) error) error {
	data, err := whole(name, r)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return fault(name, data, dec.InputOffset(), "", fmt.Errorf("a JSON object is wanted%s", because(err)))
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return fault(name, data, dec.InputOffset(), "", err)
		}
		key := fmt.Sprint(token)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fault(name, data, dec.InputOffset(), key, err)
		}
		at := dec.InputOffset() - int64(len(raw))
		if err := do(key, raw); err != nil {
			return fault(name, data, at+within(err), key, err)
		}
	}
	if _, err := dec.Token(); err != nil {
		return fault(name, data, dec.InputOffset(), "", err)
	}
	return nil
}

// whole reads a file that may not be longer than maxFile.
func whole(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: it is longer than %d MB", name, maxFile>>20)
	}
	return data, nil
}

// within is how far into what was decoded an error stands.
func within(err error) int64 {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return kind.Offset
	}
	return 0
}

// fault says where something is wrong.
func fault(name string, data []byte, at int64, key string, err error) error {
	if kind := new(json.UnmarshalTypeError); errors.As(err, &kind) {
		err = wanted(kind)
	}
	line := 1 + bytes.Count(data[:min(max(at, 0), int64(len(data)))], []byte("\n"))
	if key != "" {
		return fmt.Errorf("%s:%d: %q: %w", name, line, clip(key), err)
	}
	return fmt.Errorf("%s:%d: %w", name, line, err)
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// wanted says what would be right in the words of JSON, not of Go.
func wanted(e *json.UnmarshalTypeError) error {
	kinds := map[reflect.Kind]string{reflect.Slice: "a list", reflect.Struct: "an object", reflect.Map: "an object",
		reflect.String: "a string", reflect.Bool: "true or false"}
	saw := e.Value
	if saw == "array" || saw == "object" {
		saw = "an " + saw
	} else {
		saw = "a " + saw
	}
	_, key, _ := strings.Cut("."+e.Field, ".")
	if key != "" {
		key += ": "
	}
	return fmt.Errorf("%s%s is wanted, not %s", key, cmp.Or(kinds[e.Type.Kind()], "something else"), saw)
}
