package monitoring_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// root is the repository's.
const root = "../../../.."

// alert is an alert of the module, as alerts.yaml describes it.
type alert struct {
	Title    string            `yaml:"title"`
	Text     string            `yaml:"text"`
	Severity string            `yaml:"severity"`
	Closes   string            `yaml:"closes"`
	Filter   string            `yaml:"filter"`
	Labels   map[string]string `yaml:"labels"`
}

// alerts returns the alerts of the module, by their names.
func alerts(t *testing.T) map[string]alert {
	t.Helper()

	var all map[string]alert
	load(t, "alerts.yaml", &all)

	return all
}

// metric is a metric of the module, as metrics.yaml describes it.
type metric struct {
	Counts  string            `yaml:"counts"`
	Filter  string            `yaml:"filter"`
	Labels  map[string]string `yaml:"labels"`
	Value   string            `yaml:"value"`
	Unit    string            `yaml:"unit"`
	Scale   float64           `yaml:"scale"`
	Growth  float64           `yaml:"growth"`
	Buckets int               `yaml:"buckets"`
}

// metrics returns the metrics of the module, by their names.
func metrics(t *testing.T) map[string]metric {
	t.Helper()

	var all map[string]metric
	load(t, "metrics.yaml", &all)

	return all
}

// load reads a file of the module. A field that it should not have is an error.
func load(t *testing.T, name string, into any) {
	t.Helper()

	data, err := os.ReadFile(filepath.Join(root, "terraform/modules/monitoring", name))
	if err != nil {
		t.Fatal(err)
	}
	if err = yaml.Load(data, into, yaml.WithKnownFields()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// watched is a filter of the module with the fields that are taken from what it matches.
type watched struct {
	text    string
	matches filter
	fields  []string
	// value is a field that holds a number in every line; empty if there is none.
	value string
}

// filters returns the filters of the module, by what they are of: "alert NAME" or "metric NAME".
func filters(t *testing.T) map[string]watched {
	t.Helper()

	all := map[string]watched{}

	for name, a := range alerts(t) {
		if a.Filter != "" {
			all["alert "+name] = watched{text: a.Filter, fields: slices.Collect(maps.Values(a.Labels))}
		}
	}

	for name, m := range metrics(t) {
		w := watched{text: m.Filter, fields: slices.Collect(maps.Values(m.Labels)), value: m.Value}
		all["metric "+name] = w
	}

	for name, w := range all {
		f, err := parseFilter(w.text)
		if err != nil {
			t.Fatalf("the filter of %s: %v", name, err)
		}

		w.matches = f
		all[name] = w
	}

	return all
}

// unmatched returns what no entry matches, and of what matches the fields that none has and values that are no numbers, sorted.
func unmatched(all map[string]watched, entries []entry) []string {
	var wrong []string

	for name, w := range all {
		of := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return !w.matches(e) })
		if len(of) == 0 {
			wrong = append(wrong, name)
			continue
		}

		if w.value != "" && slices.ContainsFunc(of, func(e entry) bool { _, is := e.at(w.value).(float64); return !is }) {
			wrong = append(wrong, name+": "+w.value)
		}

		for _, field := range w.fields {
			if !slices.ContainsFunc(of, func(e entry) bool { return text(e.at(field)) != "" }) {
				wrong = append(wrong, name+": "+field)
			}
		}
	}

	slices.Sort(wrong)

	return wrong
}

// matching returns what an entry of all matches, sorted.
func matching(all map[string]watched, entries []entry) []string {
	var names []string

	for name, w := range all {
		if slices.ContainsFunc(entries, w.matches) {
			names = append(names, name)
		}
	}

	slices.Sort(names)

	return names
}

// TestFiltersNameFunctions holds that an alert on errors looks at every function that is deployed.
func TestFiltersNameFunctions(t *testing.T) {
	t.Parallel()

	var deployed struct {
		Functions map[string]any `yaml:"functions"`
	}

	data, err := os.ReadFile(filepath.Join(root, "terraform/functions.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err = yaml.Load(data, &deployed); err != nil { // JSON is YAML
		t.Fatal(err)
	}
	if len(deployed.Functions) < 7 {
		t.Fatalf("got %d functions, want seven or more", len(deployed.Functions))
	}

	filter := alerts(t)["logged"].Filter
	for name := range deployed.Functions {
		if !strings.Contains(filter, `"`+name+`"`) {
			t.Errorf("the alert logged does not look at %s", name)
		}
	}
}
