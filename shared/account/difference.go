package account

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Change is one setting that differs between two states of an account.
type Change struct {
	// Path names the setting as the account's document does, such as "apps.gs-1.name".
	Path string `firestore:"path"`
	// Before and After are a text, a whole number, a number, a truth value or a time; nil where there is none. A duration is a text such
	// as "24h0m0s". What names a credential is never told: both are nil.
	Before any `firestore:"before"`
	After  any `firestore:"after"`
}

// ChangesSince lists, sorted by their paths, the settings that differ from those of an earlier state of the account. What the product
// itself maintains is no setting: health, the version, and the events, which follow from the choices.
func (a Account) ChangesSince(before Account) []Change {
	was, is := before.settings(), a.settings()

	all := maps.Clone(was)
	maps.Copy(all, is)

	var changes []Change

	for _, path := range slices.Sorted(maps.Keys(all)) {
		if was[path] == is[path] {
			continue
		}

		changes = append(changes, Change{Path: path, Before: told(was[path]), After: told(is[path])})
	}

	return changes
}

// settings returns the account's settings by their paths.
func (a Account) settings() map[string]any {
	a.Choices = a.adopted()
	a.Version, a.Events = 0, nil

	values := map[string]any{}
	flatten(values, "", reflect.ValueOf(a))

	// The product itself notes which copy of a template was approved of.
	maps.DeleteFunc(values, func(path string, _ any) bool { return strings.HasSuffix(path, ".filling.copy") })

	for app, choices := range a.Choices {
		if len(choices) == 0 {
			values["choices."+app] = allOff
		}
	}

	return values
}

// allOff is what a change says of an app at which a brand has switched every event off, and has set nothing.
const allOff = "all off"

// credential is the name of one.
type credential string

// told is what a change says of a value.
func told(v any) any {
	if _, ok := v.(credential); ok {
		return nil
	}

	return v
}

// flatten adds what a value of an account holds, by the paths of its parts. Empty texts, times and maps and the number 0 count as none.
func flatten(values map[string]any, path string, v reflect.Value) {
	switch v.Interface().(type) {
	case Health, Checked:
		return
	case time.Time, time.Duration:
		if !v.IsZero() {
			values[path] = scalar(v)
		}

		return
	}

	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			flatten(values, path, v.Elem())
		}
	case reflect.Struct:
		flattenFields(values, path, v)
	case reflect.Map:
		for _, key := range v.MapKeys() {
			flatten(values, within(path, key.String()), v.MapIndex(key))
		}
	case reflect.Slice:
		for i := range v.Len() {
			flatten(values, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	default:
		if v.Kind() == reflect.Bool || !v.IsZero() {
			values[path] = scalar(v)
		}
	}
}

// flattenFields adds what the fields of a struct hold.
func flattenFields(values map[string]any, path string, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)

		name, _, _ := strings.Cut(f.Tag.Get("firestore"), ",")
		if name != "-" {
			flatten(values, within(path, cmp.Or(name, f.Name)), v.Field(i))
		}
	}

	if app, ok := v.Interface().(App); ok && app.Secret != "" {
		values[within(path, "secret")] = credential(app.Secret) // in the place of the text
	}
}

// scalar returns a value that has no parts as one that compares, and that the store takes.
func scalar(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC()
	case time.Duration:
		return x.String()
	}

	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	default:
		return v.Int()
	}
}

// within returns the path of a part.
func within(path, name string) string {
	if path == "" {
		return name
	}

	return path + "." + name
}
