package main

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/functions/console"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// functions are the configurations of all functions, in the order of functions/README.md.
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
	{"workspace", workspace.Config{}},
	{"console", console.Config{}},
}

// variable is a row of the table in functions/README.md.
type variable struct{ Default, ReadBy string }

// TestReadmeNamesEveryVariable compares the table in functions/README.md with what the functions read, their defaults included.
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
		t.Errorf("the table of variables (-want +got):\n%s", diff)
	}
}

// defaultsOf returns the defaults of a configuration's variables, as the table writes them.
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

// readmeTable reads the rows of the table of variables.
func readmeTable(t *testing.T) map[string]variable {
	t.Helper()
	_, section, _ := strings.Cut(read(t, "functions/README.md"), "\n## Configuration\n")
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
		t.Fatal("functions/README.md has no table of variables")
	}
	return rows
}
