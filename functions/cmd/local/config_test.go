package main

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// functions are the configurations of all functions, in README's order.
var functions = []struct {
	name   string
	config any
}{
	{"subscribe", subscribe.Config{}},
	{"webhook", webhook.Config{}},
	{"notify", notify.Config{}},
	{"receive", receive.Config{}},
	{"sweep", sweep.Config{}},
	{"brandapi", brandapi.Config{}},
}

// variable is a row of README's table.
type variable struct{ Default, ReadBy string }

// TestReadmeNamesEveryVariable compares README's table with what the functions read, their defaults included.
func TestReadmeNamesEveryVariable(t *testing.T) {
	t.Parallel()
	readers := map[string][]string{}
	defaults := map[string]string{}
	note := func(name string, cfg any) {
		read, _ := testkit.Variables(t, reflect.New(reflect.TypeOf(cfg)).Interface())
		for _, v := range read {
			readers[v] = append(readers[v], name)
		}
		for v, d := range defaultsOf("", reflect.TypeOf(cfg)) {
			if other, known := defaults[v]; known && other != d {
				t.Errorf("%s has the defaults %s and %s", v, other, d)
			}
			defaults[v] = d
		}
	}
	note("all", boot.Config{})
	for _, f := range functions {
		note(f.name, f.config)
	}

	want := map[string]variable{}
	for v, by := range readers {
		if by[0] == "all" || len(by) == len(functions) {
			by = []string{"all"}
		}
		want[v] = variable{Default: defaults[v], ReadBy: strings.Join(by, ", ")}
	}
	if diff := cmp.Diff(want, readmeTable(t)); diff != "" {
		t.Errorf("README's table of variables (-want +got):\n%s", diff)
	}
}

// defaultsOf returns the defaults of a configuration's variables, as README writes them.
func defaultsOf(prefix string, t reflect.Type) map[string]string {
	defaults := map[string]string{}
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("env"), ",")
		_, inner, _ := strings.Cut(options, "prefix=")
		if name == "" && field.Type.Kind() == reflect.Struct {
			maps.Copy(defaults, defaultsOf(prefix+inner, field.Type))
			continue
		}
		switch _, value, found := strings.Cut(options, "default="); {
		case found:
			defaults[prefix+name] = "`" + value + "`"
		case strings.Contains(options, "required"):
			defaults[prefix+name] = "required"
		default:
			defaults[prefix+name] = "none"
		}
	}
	return defaults
}

// readmeTable reads the rows of README's table of variables.
func readmeTable(t *testing.T) map[string]variable {
	t.Helper()
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Configuration\n")
	section, _, _ = strings.Cut(section, "\n## ")

	rows := map[string]variable{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, " | ")
		if len(cells) < 4 || !strings.HasPrefix(line, "| `") {
			continue
		}
		rows[strings.Trim(cells[0], "| `")] = variable{Default: cells[1], ReadBy: cells[2]}
	}
	if !slices.Contains(slices.Collect(maps.Keys(rows)), "GOOGLE_CLOUD_PROJECT") {
		t.Fatal("README has no table of variables")
	}
	return rows
}
