package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// MaxDepth is how deep JSON may nest; no documented body needs more than 12 levels.
const MaxDepth = 64

// CheckJSON refuses a body that is not UTF-8, not one JSON value, or nested deeper than maxDepth objects and arrays.
// The error names the byte offset, never what stands there.
func CheckJSON(body []byte, maxDepth int) error {
	if err := RequireUTF8(body); err != nil {
		return err
	}
	if err := checkDepth(body, maxDepth); err != nil {
		return err
	}
	if json.Valid(body) {
		return nil
	}

	var v json.RawMessage

	return decodeError(json.Unmarshal(body, &v))
}

// checkDepth counts brackets outside strings, before anything recursive reads the body.
func checkDepth(body []byte, maxDepth int) error {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return invalidAt("the JSON is nested too deeply", int64(i))
			}
		case c == '}' || c == ']':
			depth--
		}
	}

	return nil
}

// DecodeJSON checks the body ([CheckJSON] with [MaxDepth]) and decodes it into v. Errors are Invalid and name the field
// and the type it should have, never a value. null is of the wrong type. Unknown fields are ignored: the platform adds
// keys.
func DecodeJSON(body []byte, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return fault.New(fault.Invalid, "", "the body is empty")
	}
	if err := CheckJSON(body, MaxDepth); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return decodeError(err)
	}
	// encoding/json leaves v alone at null, which would pass for an object without any of its fields.
	if t := reflect.TypeOf(v); t.Kind() == reflect.Pointer && string(bytes.TrimSpace(body)) == "null" {
		return fault.New(fault.Invalid, "", "the body must be "+jsonType(t.Elem()))
	}

	return nil
}

// decodeError says what is wrong with the input without the decoder's text, which quotes it.
func decodeError(err error) error {
	if err == nil {
		return nil
	}

	var (
		syntax *json.SyntaxError
		typed  *json.UnmarshalTypeError
		known  *fault.Error
	)

	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &syntax):
		return invalidAt("the body is not valid JSON", syntax.Offset)
	case errors.As(err, &typed):
		if typed.Field == "" {
			return fault.New(fault.Invalid, "", "the body must be "+jsonType(typed.Type))
		}
		return fault.Field(typed.Field, "must be "+jsonType(typed.Type))
	default:
		return fault.New(fault.Invalid, "", "the body has a value of a wrong form")
	}
}

func invalidAt(what string, offset int64) error {
	return fault.New(fault.Invalid, "", fmt.Sprintf("%s (byte %d)", what, offset))
}

// jsonType is the JSON name of what a Go type is decoded from.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Pointer:
		return jsonType(t.Elem())
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		if t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr {
			return "a whole number in range"
		}
		return "of another type"
	}
}
