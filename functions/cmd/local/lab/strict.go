package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// readStrict reads the body of a request, an object with no other keys than those named, into v.
func readStrict(rw http.ResponseWriter, r *http.Request, v any, keys string) error {
	body, err := httpx.ReadBody(rw, r, maxBody)
	if err != nil {
		return err
	}
	if err := httpx.CheckJSON(body, httpx.MaxDepth); err != nil {
		return err
	}

	return strict(body, "", v, keys)
}

// strict decodes one JSON value that stands in the field of that name; empty is the whole body. The error names the key that v
// does not have, of those that keys lists, or whose value is of another type.
func strict(data []byte, field string, v any, keys string) error {
	if string(bytes.TrimSpace(data)) == "null" { // which would pass for an object without keys
		return fault.Field(within(field, ""), "must be "+typeWord(reflect.TypeOf(v).Elem()))
	}

	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		return nil
	}

	if typed, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.Field(within(field, typed.Field), "must be "+typeWord(typed.Type))
	}
	if key, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return fault.Field(within(field, ""), "has the unknown key "+named(strings.Trim(key, `"`))+": the keys are "+keys)
	}

	return fault.Field(within(field, ""), err.Error())
}

// within returns the name of a key in a field; either may be empty.
func within(field, key string) string {
	switch {
	case field == "" && key == "":
		return "body"
	case field == "" || key == "":
		return field + key
	default:
		return field + "." + key
	}
}

// entry names an entry of a list, counted from 0.
func entry(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// named returns a word that was sent, quoted, for an error that names it.
func named(word string) string {
	if !isWord(word) {
		return "that was sent"
	}
	return strconv.Quote(word)
}

// isWord reports whether a text may be repeated in an answer and so in a log: a short word without as many digits as a phone number has.
func isWord(s string) bool {
	const (
		longest = 64
		digits  = 6
	)
	odd := func(c rune) bool { return notInWord(c) && c != '/' && c != '.' }
	isDigit := func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}

	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, odd) && len(strings.Map(isDigit, s)) <= digits
}

// typeWord says what a value has to be in JSON.
func typeWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}
