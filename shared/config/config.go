// Package config reads the environment, and nothing else in this module does. A function describes what it needs as one
// struct with env tags, put together from those of the parts that it uses; [Load] fills it and reports everything that is
// wrong at once, naming variables and never values.
package config

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"

	"github.com/sethvargo/go-envconfig"
)

// Lookuper finds a variable's value. Production uses [OS], tests [Map].
type Lookuper = envconfig.Lookuper

// OS looks variables up in the process's environment.
func OS() Lookuper { return envconfig.OsLookuper() }

// Map looks variables up in m.
func Map(m map[string]string) Lookuper { return envconfig.MapLookuper(m) }

// validator is a configuration with rules that a tag cannot state. [Check] helps to write one.
type validator interface {
	// Validate returns every broken rule, joined, each naming the variables it is about. It need not ask the structs inside:
	// [Load] asks each of them.
	Validate() error
}

// Load fills the struct that cfg points to from its env tags (`env:"NAME, required"`, `env:"NAME, default=10s"`,
// `env:", prefix=X_"` on a struct), the structs inside it included. Then it validates each of them that is a [validator],
// the inner ones first. A variable set to blank counts as not set. The error joins all that is wrong, one line a problem,
// each naming its variables.
func Load(ctx context.Context, l Lookuper, cfg any) error {
	v := reflect.ValueOf(cfg)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("config: want a pointer to a struct, got %T", cfg)
	}
	if err := distinct(fill(ctx, blankIsUnset(l), v.Elem())); err != nil {
		return err
	}

	return distinct(validate(v.Elem()))
}

// validate asks the structs inside first, so that a rule over two parts is reported after those of each part.
func validate(v reflect.Value) []error {
	var problems []error
	for i := range v.NumField() {
		if field := v.Type().Field(i); isGroup(field) {
			problems = append(problems, validate(v.Field(i))...)
		}
	}

	if !v.CanInterface() {
		return problems // an embedded struct of a private type: the outer one has its Validate
	}
	if c, ok := v.Addr().Interface().(validator); ok {
		problems = append(problems, c.Validate())
	}

	return problems
}

// distinct joins problems line by line, without what was reported before: two parts may read one variable, and an embedded
// struct lends its outer one its Validate.
func distinct(problems []error) error {
	all := errors.Join(problems...)
	if all == nil {
		return nil
	}

	var lines []error

	seen := map[string]bool{}
	for line := range strings.SplitSeq(all.Error(), "\n") {
		if !seen[line] {
			seen[line] = true
			lines = append(lines, errors.New(line))
		}
	}

	return errors.Join(lines...)
}

func blankIsUnset(l Lookuper) Lookuper {
	return envconfig.LookuperFunc(func(key string) (string, bool) {
		v, ok := l.Lookup(key)
		v = strings.TrimSpace(v)
		return v, ok && v != ""
	})
}

// fill reads one field at a time, since the library stops at the first problem of a struct.
func fill(ctx context.Context, l Lookuper, v reflect.Value) []error {
	var problems []error
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)

		name, prefix := parseTag(field.Tag.Get("env"))
		switch {
		case isGroup(field):
			inner := l
			if prefix != "" {
				inner = envconfig.PrefixLookuper(prefix, l)
			}

			problems = append(problems, fill(ctx, inner, value)...)
		case field.IsExported() && name != "":
			if err := fillOne(ctx, l, field, value); err != nil {
				problems = append(problems, problem(l, name, field.Type, err))
			}
		}
	}

	return problems
}

// isGroup reports whether a field is a struct of further variables and not a variable itself.
func isGroup(field reflect.StructField) bool {
	name, _ := parseTag(field.Tag.Get("env"))
	return (field.IsExported() || field.Anonymous) && name == "" && field.Type.Kind() == reflect.Struct && !isDecoder(field.Type)
}

func fillOne(ctx context.Context, l Lookuper, field reflect.StructField, value reflect.Value) error {
	only := reflect.New(structOf(field))
	only.Elem().Field(0).Set(value)
	err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: only.Interface(), Lookuper: l})
	if err != nil {
		return fmt.Errorf("envconfig: %w", err)
	}

	value.Set(only.Elem().Field(0))

	return nil
}

// fieldKey is what a struct of one field is made of.
type fieldKey struct {
	name string
	of   reflect.Type
	tag  reflect.StructTag
}

// structs keeps the types that structOf has made, by fieldKey: a process reads few configurations, but a test reads them often,
// and to make a type takes longer than to read its variable.
var structs sync.Map

// structOf returns the struct type that has only the field.
func structOf(field reflect.StructField) reflect.Type {
	key := fieldKey{field.Name, field.Type, field.Tag}
	made, ok := structs.Load(key)
	if !ok {
		made, _ = structs.LoadOrStore(key, reflect.StructOf([]reflect.StructField{{Name: field.Name, Type: field.Type, Tag: field.Tag}}))
	}

	t, _ := made.(reflect.Type) // nothing else is stored

	return t
}

// problem says what is wrong with a variable. The library's text may quote the value, so only its kind is used.
func problem(l Lookuper, name string, t reflect.Type, err error) error {
	if p, ok := l.(interface{ Key(string) string }); ok {
		name = p.Key(name)
	}
	if errors.Is(err, envconfig.ErrMissingRequired) {
		return fmt.Errorf("%s is required", name)
	}

	return fmt.Errorf("%s cannot be read as %s", name, describe(t))
}

func describe(t reflect.Type) string {
	switch {
	case t.PkgPath() == "time" && t.Name() == "Duration":
		return "a duration such as 10s or 3m"
	case t == reflect.TypeFor[slog.Level]():
		return "a level: DEBUG, INFO, WARN or ERROR"
	case t == reflect.TypeFor[Zone]():
		return "a time zone such as Asia/Kolkata"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "a whole number"
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return "a number"
	default:
		return "a " + t.String()
	}
}

func parseTag(tag string) (name, prefix string) {
	name, opts, _ := strings.Cut(tag, ",")
	for o := range strings.SplitSeq(opts, ",") {
		if p, ok := strings.CutPrefix(strings.TrimSpace(o), "prefix="); ok {
			prefix = p
		}
	}

	return strings.TrimSpace(name), prefix
}

func isDecoder(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || p.Implements(reflect.TypeFor[envconfig.Decoder]())
}
