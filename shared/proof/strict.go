package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// maxDepth is how deep the JSON of a file may be nested; the deepest of ours is 8.
const maxDepth = 32

// encode spells a value: compact JSON without a line's end.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer

	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}

	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// encodeFile spells a value as a file: JSON of one line with its end.
func encodeFile(v any) ([]byte, error) {
	text, err := encode(v)
	return append(text, '\n'), err
}

// decodeFile reads what [encodeFile] writes.
func decodeFile(file []byte, v any) error {
	text, ok := bytes.CutSuffix(file, []byte("\n"))
	if !ok {
		return broken("is cut off: its last byte must end a line", "")
	}

	return decode(text, v)
}

// decode reads what [encode] writes and nothing else: JSON with another field, a field twice, another order, another spelling of the same
// or anything behind it is refused.
func decode(text []byte, v any) error {
	if !utf8.Valid(text) {
		return broken("is not UTF-8", "")
	}
	if err := unambiguous(text); err != nil {
		return err
	}

	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()

	if err := dec.Decode(v); err != nil {
		// The decoder's own words may have values of the file in them.
		if unfit, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return broken("is not what the format has there", "%s", unfit.Field)
		}

		return broken("is not of the format: a field is unknown or cannot be read", "")
	}

	again, err := encode(v)
	if err != nil || !bytes.Equal(again, text) {
		return broken("is not spelled as it was written; a blank line or other line ends are enough: take the file as it was downloaded", "")
	}

	return nil
}

// unambiguous refuses JSON that two readers may read differently: with a name twice in an object, or with something behind its end. It
// refuses JSON that is nested too deep, too.
func unambiguous(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()

	if err := walk(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return broken("has something behind its end", "")
	}

	return nil
}

var errNoJSON = &Error{Fault: "is not JSON, or is cut off"}

// walk reads one value.
func walk(dec *json.Decoder, depth int) error {
	token, err := dec.Token()
	if err != nil {
		return errNoJSON
	}

	opening, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return broken("is nested too deep", "")
	}

	names := map[string]bool{}
	for dec.More() {
		if opening == '{' {
			name, unread := dec.Token()
			if unread != nil {
				return errNoJSON
			}

			text, _ := name.(string)
			if names[text] {
				return broken("has a field twice in one object", "")
			}

			names[text] = true
		}

		if err = walk(dec, depth+1); err != nil {
			return err
		}
	}

	if _, err = dec.Token(); err != nil {
		return errNoJSON
	}

	return nil
}
