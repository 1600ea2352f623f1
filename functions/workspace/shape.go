package workspace

import (
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// checkShape returns an Invalid error for the first thing in a body that the type of a request does not have, or has otherwise: a key that is
// unknown or in another case, a key that is missing, a value of another type, a null. encoding/json takes all of these for nothing said.
//
// A field of the type is needed if its tag has api:"required", and may be null if that has api:"nullable".
func checkShape(text []byte, t reflect.Type) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()

	var body any
	if err := d.Decode(&body); err != nil {
		return fault.Wrap(fault.Invalid, "workspace.checkShape", err)
	}

	return place{}.check(body, t)
}

// place is where something stands in a body.
type place struct {
	// shown is its path for the caller. logged is the same without the caller's own words, one of which may be a secret that was mistaken
	// for a key.
	shown, logged string
}

// under returns the place of something below.
func (p place) under(name, logged string) place {
	if p.shown == "" {
		return place{name, logged}
	}

	return place{p.shown + "." + name, p.logged + "." + logged}
}

// named returns the place of a field of the type.
func (p place) named(name string) place { return p.under(name, name) }

// foreign returns the place of a key of the caller's own.
func (p place) foreign(name string) place { return p.under(word(name), "*") }

// at returns the place of an element.
func (p place) at(i int) place {
	n := "[" + strconv.Itoa(i) + "]"
	return place{p.shown + n, p.logged + n}
}

// maxWord is the longest key that an answer repeats, in characters.
const maxWord = 60

// word returns a key as an answer may show it.
func word(name string) string {
	if runes := []rune(name); len(runes) > maxWord {
		return string(runes[:maxWord]) + "…"
	}

	return name
}

// invalid is the error about a place.
func (p place) invalid(msg string) error {
	if p.shown == "" {
		return fault.New(fault.Invalid, "", "the body "+msg)
	}

	return &fault.Error{Kind: fault.Invalid, Field: p.shown, LogField: p.logged, Msg: msg}
}

// check checks a value that is not null.
func (p place) check(v any, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		return nil
	}

	var fits bool

	switch kindOf(t) {
	case reflect.Struct, reflect.Map:
		object, ok := v.(map[string]any)
		switch {
		case !ok:
		case t.Kind() == reflect.Map:
			return p.checkMap(object, t)
		default:
			return p.checkObject(object, t)
		}
	case reflect.Slice:
		list, ok := v.([]any)
		if ok {
			return p.checkList(list, t)
		}
	case reflect.String:
		_, fits = v.(string)
	case reflect.Bool:
		_, fits = v.(bool)
	default:
		n, ok := v.(json.Number)
		_, err := strconv.ParseInt(string(n), 10, 64)
		fits = ok && err == nil
	}

	if !fits {
		return p.invalid("must be " + typeName(t))
	}

	return nil
}

// kindOf returns the kind that JSON has for a type: a text for one that reads itself from a text.
func kindOf(t reflect.Type) reflect.Kind {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return reflect.String
	}

	return t.Kind()
}

// typeName is what a caller calls a type.
func typeName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}

	switch kindOf(t) {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	default:
		return "a whole number in range"
	}
}

// checkMap checks an object whose keys are the caller's.
func (p place) checkMap(object map[string]any, t reflect.Type) error {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		at := p.foreign(key)
		if object[key] == nil {
			return at.invalid("must be " + typeName(t.Elem()) + ", not null; leave it out instead")
		}
		if err := at.check(object[key], t.Elem()); err != nil {
			return err
		}
	}

	return nil
}

// checkList checks an array.
func (p place) checkList(list []any, t reflect.Type) error {
	for i, v := range list {
		if v == nil {
			return p.at(i).invalid("must be " + typeName(t.Elem()) + ", not null")
		}
		if err := p.at(i).check(v, t.Elem()); err != nil {
			return err
		}
	}

	return nil
}

// checkObject checks an object whose keys are those of a struct.
func (p place) checkObject(object map[string]any, t reflect.Type) error {
	fields := fieldsOf(t)

	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == key }) {
			return p.foreign(key).invalid("is a key that there is not; leave it out, or correct it")
		}
	}

	for _, f := range fields {
		v, given := object[f.name]
		at := p.named(f.name)

		switch {
		case !given && f.required:
			return at.invalid("is needed: " + typeName(f.t))
		case !given || v == nil && f.nullable:
			continue
		case v == nil:
			return at.invalid("must be " + typeName(f.t) + ", not null")
		}

		if err := at.check(v, f.t); err != nil {
			return err
		}
	}

	return nil
}

// field is a field of a request.
type field struct {
	name               string
	t                  reflect.Type
	required, nullable bool
}

// fieldsOf returns the fields of a struct, with those of the structs in it that have no name.
func fieldsOf(t reflect.Type) []field {
	var all []field

	for f := range t.Fields() {
		if f.Anonymous {
			all = append(all, fieldsOf(f.Type)...)
			continue
		}

		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		rule := f.Tag.Get("api")
		all = append(all, field{name, f.Type, rule == "required", rule == "nullable"})
	}

	return all
}
