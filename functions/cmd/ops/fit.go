package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

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

// leaveOut notes a problem with a field whose value is not taken.
func (c *checks) leaveOut(field, problem string) {
	c.that(false, field, problem)

	if c.unfit == nil {
		c.unfit = map[string]bool{}
	}

	c.unfit[field] = true
}

// add notes what a use case says is wrong with its input, field by field. The account's id, which a use case has from a path, is the field
// id of a file.
func (c *checks) add(err error) { c.addAt("", err) }

// addAt is add for the input that is an object of the file; at is what the names of its fields begin with there.
func (c *checks) addAt(at string, err error) {
	if err == nil {
		return
	}

	all := []error{err}
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		all = joined.Unwrap()
	}

	for _, err := range all {
		field, msg := fault.Public(err)
		if field == "accountId" {
			field = "id"
		}

		c.that(false, at+field, msg)
	}
}

// readJSON reads the one JSON object of a file.
func readJSON(text []byte) (map[string]any, error) {
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

	values, object := value.(map[string]any)
	if !object {
		return nil, errors.New("has to be one JSON object, in braces")
	}

	return values, nil
}

// object is an object of a file, whose keys are read one after the other. A null counts as if its key were left out.
type object struct {
	checks *checks
	// at is its place in the file, empty for the file's own object.
	at     string
	values map[string]any
	// keys are those that were asked for.
	keys []string
}

// place returns the name of a field of the object.
func (o *object) place(key string) string { return strings.TrimPrefix(o.at+"."+key, ".") }

// value returns the value of a key; nil if it has none.
func (o *object) value(key string) any {
	o.keys = append(o.keys, key)
	return o.values[key]
}

// text returns the text of a key; empty if it has none.
func (o *object) text(key string) string {
	value := o.value(key)

	text, ok := value.(string)
	if value != nil && !ok {
		o.checks.leaveOut(o.place(key), "must be a text, in quotation marks")
	}

	return text
}

// whole returns the whole number of a key; 0 if it has none.
func (o *object) whole(key string) int { return int(o.number(key, 32)) }

// long is whole for amounts of money.
func (o *object) long(key string) int64 { return o.number(key, 64) }

// number returns the whole number of a key, of at most so many bits; 0 if it has none.
func (o *object) number(key string, bits int) int64 {
	value := o.value(key)
	if value == nil {
		return 0
	}

	number, _ := value.(json.Number)

	n, err := strconv.ParseInt(number.String(), 10, bits)
	if err != nil {
		o.checks.leaveOut(o.place(key), "must be a whole number, without quotation marks")
	}

	return n
}

// given returns what read returns of a key; nil if the object does not have the key, or has null.
func given[T any](o *object, key string, read func(key string) T) *T {
	value := read(key)
	if o.values[key] == nil {
		return nil
	}

	return &value
}

// moment returns the time of a key, such as "2026-11-20T10:20:00+05:30"; zero if it has none.
func (o *object) moment(key string) time.Time {
	text := o.text(key)
	if text == "" {
		return time.Time{}
	}

	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		o.checks.leaveOut(o.place(key), "must be a time with its zone, such as 2026-11-20T10:20:00+05:30")
	}

	return at
}

// object returns the object of a key; an empty one if it has none.
func (o *object) object(key string) *object {
	value := o.value(key)

	values, ok := value.(map[string]any)
	if value != nil && !ok {
		o.checks.leaveOut(o.place(key), "must be an object, in braces")
	}

	return &object{checks: o.checks, at: o.place(key), values: values}
}

// end notes each key of the object that was not asked for.
func (o *object) end() {
	slices.Sort(o.keys)

	for _, key := range slices.Sorted(maps.Keys(o.values)) {
		o.checks.that(slices.Contains(o.keys, key), o.place(key), "is a key that it does not have: "+strings.Join(o.keys, ", "))
	}
}

// endWith notes each key of the object that was not asked for, with a problem of its own.
func (o *object) endWith(problem string) {
	for _, key := range slices.Sorted(maps.Keys(o.values)) {
		o.checks.that(slices.Contains(o.keys, key), o.place(key), problem)
	}
}

// objects returns the objects of a key's list; none if it has none.
func (o *object) objects(key string) []*object {
	value := o.value(key)

	list, ok := value.([]any)
	if value != nil && !ok {
		o.checks.leaveOut(o.place(key), "must be a list, in brackets")
	}

	var all []*object

	for i, one := range list {
		at := fmt.Sprintf("%s[%d]", o.place(key), i)

		values, braces := one.(map[string]any)
		if !braces {
			o.checks.leaveOut(at, "must be an object, in braces")
		}

		all = append(all, &object{checks: o.checks, at: at, values: values})
	}

	return all
}

// texts returns the texts of all keys.
func (o *object) texts() map[string]string {
	if len(o.values) == 0 {
		return nil
	}

	all := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(o.values)) {
		all[key] = o.text(key)
	}

	return all
}

// flag returns the truth value of a key; false if it has none.
func (o *object) flag(key string) bool {
	value := o.value(key)

	set, ok := value.(bool)
	if value != nil && !ok {
		o.checks.leaveOut(o.place(key), "must be true or false, without quotation marks")
	}

	return set
}

// source returns where the secret of a key is found; empty if it has none. What is no such place is not repeated: it may be the secret.
func (o *object) source(key string) source {
	s := source(o.text(key))
	if s != "" && !isSource(s) {
		o.checks.leaveOut(o.place(key), "must say where it is, and never be the secret itself: env:NAME, secret:NAME in Secret Manager, or stdin")
	}

	return s
}
