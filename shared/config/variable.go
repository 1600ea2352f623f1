package config

import (
	"reflect"
	"slices"
	"strings"
)

// Variable is an environment variable that a configuration reads.
type Variable struct {
	Name string
	// Default is what it is where nothing is set; empty if that is nothing.
	Default string
	// Required says that it has to be set, Secret that its value must be shown nowhere.
	Required, Secret bool
}

// Variables lists the variables that [Load] reads into a struct, each once, by name. cfg is a pointer to the struct, or the struct.
func Variables(cfg any) []Variable {
	t := reflect.TypeOf(cfg)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}

	all := variablesOf(t, "")
	slices.SortFunc(all, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })

	return slices.CompactFunc(all, func(a, b Variable) bool { return a.Name == b.Name })
}

func variablesOf(t reflect.Type, prefix string) []Variable {
	var all []Variable

	for field := range t.Fields() {
		tag := field.Tag.Get("env")

		name, inner := parseTag(tag)
		switch {
		case isGroup(field):
			all = append(all, variablesOf(field.Type, prefix+inner)...)
		case field.IsExported() && name != "":
			v := Variable{Name: prefix + name, Secret: field.Type == reflect.TypeFor[Secret]()}
			_, options, _ := strings.Cut(tag, ",")
			_, v.Default, _ = strings.Cut(options, "default=")
			v.Required = strings.Contains(options, "required") && v.Default == ""
			all = append(all, v)
		}
	}

	return all
}
