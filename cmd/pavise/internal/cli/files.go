package cli

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
)

// maxFile bounds what is read of a file that the asker names: the evidence of a scan
// takes a tenth of it.
const maxFile = 128 << 20

// ReadBounded reads a file, or says that nobody can have meant it.
func ReadBounded(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxFile>>20)
	}
	return data, err
}

// Misread says where a value of JSON is not of the kind that is wanted.
func Misread(data []byte, err error) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	line := 1 + bytes.Count(data[:min(max(wrong.Offset, 0), int64(len(data)))], []byte("\n"))
	key := "it"
	if wrong.Field != "" {
		key = wrong.Field
	}
	return fmt.Errorf("line %d: %s must be %s, and is %s", line, key, kindOf(wrong.Type), article(wrong.Value))
}

// kindOf is what JSON calls what a type is read from.
func kindOf(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a string"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "a string" // base64
		}
		return "an array"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	return "a number"
}

func article(kind string) string {
	if kind == "array" || kind == "object" {
		return "an " + kind
	}
	return "a " + kind
}

// Exists reports whether there is something by that name.
func Exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
