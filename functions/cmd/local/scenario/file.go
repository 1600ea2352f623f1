package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

const (
	// maxBytes is the most bytes of a file.
	maxBytes = 256 << 10
	// maxSteps is the most steps of a story.
	maxSteps = 500
	// maxTitle is the most bytes of a title.
	maxTitle = 200
)

// Read reads a file. An unknown key, a value of another type, and a step that cannot be done are errors that name the step, from 1 on, and the key; a file
// that is too large is one as well.
func Read(data []byte) (Scenario, error) {
	if len(data) > maxBytes {
		return Scenario{}, fault.Field("file", fmt.Sprintf("has more than %d bytes", maxBytes))
	}
	if err := httpx.CheckJSON(data, httpx.MaxDepth); err != nil {
		return Scenario{}, noJSON(data)
	}

	var raw struct {
		Title string            `json:"title"`
		Steps []json.RawMessage `json:"steps"`
		End   *End              `json:"end"`
	}
	if err := strict(data, "", &raw); err != nil {
		return Scenario{}, err
	}

	s := Scenario{Title: raw.Title, Steps: make([]Step, len(raw.Steps)), End: raw.End}

	switch {
	case len(raw.Title) > maxTitle:
		return Scenario{}, fault.Field("title", fmt.Sprintf("has more than %d bytes", maxTitle))
	case len(raw.Steps) == 0:
		return Scenario{}, fault.Field("steps", "is missing: a story has at least one")
	case len(raw.Steps) > maxSteps:
		return Scenario{}, fault.Field("steps", fmt.Sprintf("has more than %d entries", maxSteps))
	}

	for i, one := range raw.Steps {
		if err := strict(one, stepName(i), &s.Steps[i]); err != nil {
			return Scenario{}, err
		}
	}

	return s, s.check()
}

// noJSON returns the error of a file that is no JSON. It names the line, from 1 on, where that shows.
func noJSON(data []byte) error {
	var v json.RawMessage

	wrong, is := errors.AsType[*json.SyntaxError](json.Unmarshal(data, &v))
	if !is {
		return fault.Field("file", "is not JSON, or holds more objects within each other than a story has")
	}

	before := data[:min(int(wrong.Offset), len(data))]

	return fault.Field("file", fmt.Sprintf("is not JSON: line %d: %s", 1+bytes.Count(before, []byte("\n")), wrong))
}

// ReadStep reads one step, as it stands in a file. Its answer may name a message by the id that it has in this world.
func ReadStep(data []byte) (Step, error) {
	var s Step
	if err := strict(data, "", &s); err != nil {
		return Step{}, err
	}

	return s, s.check()
}

// check returns an error that names the first step that cannot be done, and its key.
func (s Scenario) check() error {
	for i, step := range s.Steps {
		if err := step.check(); err != nil {
			return at(stepName(i), err)
		}
		if step.Reply != nil && step.Reply.To != "" {
			return fault.Field(stepName(i)+".reply.to", "is of one world only: message counts the messages on the phone")
		}
		if i > 0 && step.At != 0 && step.At < s.Steps[i-1].At {
			return fault.Field(stepName(i)+".at", "is before that of the step before it")
		}
	}

	return nil
}

// Write returns the file of a story: the same bytes for the same story.
func (s Scenario) Write() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}

	var b bytes.Buffer

	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)

	title, err := line(e, &b, s.Title)
	if err != nil {
		return nil, err
	}

	var steps []string

	for _, step := range s.Steps {
		text, err := line(e, &b, step)
		if err != nil {
			return nil, err
		}

		steps = append(steps, "    "+text)
	}

	text := fmt.Sprintf("{\n  \"title\": %s,\n  \"steps\": [\n%s\n  ]", title, strings.Join(steps, ",\n"))

	if s.End != nil {
		end, err := s.End.json()
		if err != nil {
			return nil, err
		}

		text += ",\n  \"end\": " + end
	}

	return []byte(text + "\n}\n"), nil
}

// json is an end as it stands in a file.
func (e End) json() (string, error) {
	text, err := json.MarshalIndent(e, "  ", "  ")

	return string(text), err
}

// line returns a value's JSON in one line.
func line(e *json.Encoder, b *bytes.Buffer, v any) (string, error) {
	b.Reset()

	if err := e.Encode(v); err != nil {
		return "", err
	}

	return strings.TrimSpace(b.String()), nil
}

// stepName names a step as people count.
func stepName(i int) string { return fmt.Sprintf("step %d", i+1) }

// at puts the name of a step before the field of an error.
func at(step string, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Field == "" {
		return fmt.Errorf("%s: %w", step, err)
	}

	named := *f
	named.Field = step + "." + f.Field

	return &named
}

// strict reads one JSON value. The error names the key that v does not have, or whose value is of another type.
func strict(data []byte, name string, v any) error {
	of := func(key string) string { return strings.Trim(name+"."+key, ".") }

	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '{' {
		return fault.Field(of("")+orFile(name), "must be an object")
	}

	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()

	err := d.Decode(v)

	typed, isType := errors.AsType[*json.UnmarshalTypeError](err)
	key, unknown := strings.CutPrefix(fmt.Sprint(err), "json: unknown field ")

	switch {
	case err == nil:
		return nil
	case isType:
		return fault.Field(of(typed.Field), "must be "+word(typed.Type))
	case errors.Is(err, errDuration):
		return fault.Field(of(keyOfTime(data)), errDuration.Error())
	case unknown:
		return fault.Field(of(clip(strings.Trim(key, `"`))), "is no key that there is")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault.Field("file", "is not JSON")
	default:
		return fault.Field(of("")+orFile(name), "cannot be read")
	}
}

// keyOfTime returns which of the keys that hold a time does not.
func keyOfTime(data []byte) string {
	var times struct {
		At json.RawMessage `json:"at"`
	}

	var d Duration
	if json.Unmarshal(data, &times) == nil && times.At != nil && json.Unmarshal(times.At, &d) != nil {
		return "at"
	}

	return "for"
}

// orFile is what an error about a whole value names.
func orFile(name string) string {
	if name == "" {
		return "file"
	}

	return ""
}

// clip bounds a key that an error names.
func clip(key string) string {
	const longestKey = 40
	if len(key) > longestKey {
		return key[:longestKey]
	}

	return key
}

// word says what a value has to be in JSON.
func word(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}
