package main

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// checks collects what is wrong with a file, each problem with the field's name. The zero value has nothing.
type checks struct {
	problems []error
	// unfit are the fields whose value was left out, since it is of another type.
	unfit map[string]bool
}

// that notes a problem with a field unless ok. Of a value that was left out nothing more is noted.
func (c *checks) that(ok bool, field, problem string) {
	if !ok && !c.unfit[field] {
		c.problems = append(c.problems, fmt.Errorf("%s %s", field, problem))
	}
}

// add notes what a use case says is wrong with its input, field by field. The id, which a use case has from a path, is checked here.
func (c *checks) add(err error) {
	all := []error{err}
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		all = joined.Unwrap()
	}

	for _, err := range all {
		field, msg := fault.Public(err)
		c.that(err == nil || field == "accountId", field, msg)
	}
}

// readJSON reads the one JSON value of a file.
func readJSON(text []byte) (any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("is empty, and has to be one JSON object")
	}

	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()

	var value any
	if err := decoder.Decode(&value); err != nil {
		sound := text // it ends too early
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			sound = text[:syntax.Offset]
		}
		return nil, fmt.Errorf("is no JSON from line %d on", 1+bytes.Count(sound, []byte("\n")))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("has more than one JSON object")
	}

	if _, object := value.(map[string]any); !object {
		return nil, errors.New("has to be one JSON object, in braces")
	}

	return value, nil
}

// fit returns a value without what the type cannot take, nil if it is nothing of that type, and notes each such key and value by its
// place in the file.
func (c *checks) fit(at string, value any, t reflect.Type) any {
	if value == nil {
		return nil // as if it were left out
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return c.fitText(at, value, t)
	}

	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return c.fitObject(at, value, t)
	case reflect.Slice:
		return c.fitList(at, value, t.Elem())
	case reflect.Float64:
		number, ok := value.(json.Number)
		return c.fitting(ok, at, number, "must be a number, without quotation marks")
	case reflect.Int:
		number, _ := value.(json.Number)
		_, err := strconv.ParseInt(number.String(), 10, 32)
		return c.fitting(err == nil, at, number, "must be a whole number, without quotation marks")
	default:
		text, ok := value.(string)
		return c.fitting(ok, at, text, "must be a text, in quotation marks")
	}
}

// fitting returns the value if ok, and else notes the problem.
func (c *checks) fitting(ok bool, at string, value any, problem string) any {
	if ok {
		return value
	}

	c.that(false, at, problem)

	if c.unfit == nil {
		c.unfit = map[string]bool{}
	}

	c.unfit[at] = true

	return nil
}

// fitText fits a value that is read from a text, such as a duration.
func (c *checks) fitText(at string, value any, t reflect.Type) any {
	text, ok := value.(string)
	if !ok {
		return c.fitting(false, at, nil, "must be a text, in quotation marks")
	}

	reader, _ := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	if err := reader.UnmarshalText([]byte(text)); err != nil {
		return c.fitting(false, at, nil, err.Error())
	}

	return text
}

// fitList fits the entries of a list.
func (c *checks) fitList(at string, value any, entry reflect.Type) any {
	list, ok := value.([]any)
	if !ok {
		return c.fitting(false, at, nil, "must be a list, in square brackets")
	}

	for i := range list {
		list[i] = c.fit(fmt.Sprintf("%s[%d]", at, i), list[i], entry)
	}

	return list
}

// fitObject fits the values of an object, in the order of its keys.
func (c *checks) fitObject(at string, value any, t reflect.Type) any {
	object, ok := value.(map[string]any)
	if !ok {
		return c.fitting(false, at, nil, "must be an object, in braces")
	}

	keys := keysOf(t)
	for _, key := range slices.Sorted(maps.Keys(object)) {
		known, ok := keys[strings.ToLower(key)]
		if t.Kind() == reflect.Map {
			known, ok = member{key, t.Elem()}, true
		}

		place := strings.TrimPrefix(at+"."+key, ".")
		if !ok {
			c.that(false, place, "is a key that it does not have: "+namesOf(keys))
			delete(object, key)

			continue
		}

		if object[key] = c.fit(place, object[key], known.of); object[key] == nil {
			delete(object, key)
		}
	}

	return object
}

// member is a key that an object may have, and the type of its value.
type member struct {
	name string
	of   reflect.Type
}

// keysOf returns the keys that a struct has in JSON, by their names in lower case, as JSON is read whatever their case.
func keysOf(t reflect.Type) map[string]member {
	keys := map[string]member{}
	if t.Kind() != reflect.Struct {
		return keys
	}

	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			maps.Copy(keys, keysOf(field.Type))
			continue
		}
		if name == "" { // a filling's: as it is stored
			name, _, _ = strings.Cut(field.Tag.Get("firestore"), ",")
		}

		keys[strings.ToLower(name)] = member{name, field.Type}
	}

	return keys
}

// namesOf lists the names of keys.
func namesOf(keys map[string]member) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}

	slices.Sort(names)

	return strings.Join(names, ", ")
}
