package canary

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the lists of known forms and words instead of comparing with them")

// fixture is a body of testdata.
type fixture struct {
	file, provider, door string
	body                 []byte
}

// fixtures are all bodies of providers in testdata: callbacks, callbacks by GET, and answers.
func fixtures(tb testing.TB) []fixture {
	tb.Helper()

	var all []fixture
	for pattern, door := range map[string]string{
		"*/webhook/*.json": Callback, "*/webhook/*.query": Callback, "*/answer/*": Answer, "*/templates.json": Answer,
	} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", pattern))
		if err != nil || len(paths) == 0 {
			tb.Fatalf("%s: got %v, %v", pattern, paths, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, ".want.json") {
				continue
			}
			body, err := os.ReadFile(filepath.Clean(path))
			if err != nil {
				tb.Fatal(err)
			}
			if strings.HasSuffix(path, ".query") {
				query, err := url.ParseQuery(strings.TrimSpace(string(body)))
				if err != nil {
					tb.Fatal(err)
				}
				body = Query(query)
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(filepath.ToSlash(path), "../../testdata/"), "/")
			all = append(all, fixture{strings.TrimPrefix(filepath.ToSlash(path), "../../testdata/"), name, door, body})
		}
	}
	return all
}

// TestKnown holds the list of known forms against the fixtures. With -update it writes the list.
func TestKnown(t *testing.T) {
	t.Parallel()
	lines := map[string]bool{}
	for _, f := range fixtures(t) {
		isJSON := scan(f.body, func(path, outline []byte, _ int) {
			lines[fmt.Sprintf("%s %s %s %s\n", f.provider, f.door, path, outline)] = true
		})
		if !isJSON {
			lines[fmt.Sprintf("%s %s  %s\n", f.provider, f.door, notJSON)] = true
		}
	}
	compare(t, "known.txt", knownList, lines)
}

// closed are the fields whose values are words of a closed list.
var closed = []string{
	"type", "status", "event", "event_type", "eventType", "field", "category", "object", "messaging_product", "product", "pricing_model", "model",
	"quality", "alert_type", "alert_status", "alert_severity", "ban_state", "status_update", "value", "code_method", "direction", "previous_category",
	"new_category", "correct_category", "languageCode", "language", "templateType", "languagePolicy", "format", "parameter_format", "source",
}

// listed is the form of such a word.
var listed = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{1,39}$`)

// TestWords holds the list of words against the fixtures. With -update it writes the list.
func TestWords(t *testing.T) {
	t.Parallel()
	lines := map[string]bool{}
	for _, f := range fixtures(t) {
		walk(f.body, func(name, value string) {
			if slices.Contains(closed, name) && listed.MatchString(value) {
				lines[name+" "+value+"\n"] = true
			}
		})
	}
	compare(t, "words.txt", wordList, lines)
}

// walk tells the texts of a body with the names of their fields.
func walk(body []byte, tell func(name, value string)) {
	var in func(name string, v any)
	in = func(name string, v any) {
		switch v := v.(type) {
		case []member:
			for _, f := range v {
				in(f.name, f.value)
			}
		case []any:
			for _, e := range v {
				in(name, e)
			}
		case string:
			tell(name, v)
		case json.Number:
			tell(name, v.String())
		}
	}
	in("", ordered(body))
}

func compare(t *testing.T, file, got string, lines map[string]bool) {
	t.Helper()
	want := strings.Join(slices.Sorted(maps.Keys(lines)), "")
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s is not what the fixtures have; make golden writes it (-want +got):\n%s", file, diff)
	}
}

// TestMaskKeepsTheForm holds that a masked fixture has the form of the fixture, whatever its list's elements are.
func TestMaskKeepsTheForm(t *testing.T) {
	t.Parallel()
	for _, f := range fixtures(t) {
		masked := mask(f.body)
		if diff := cmp.Diff(parts(f.body), parts(masked)); diff != "" {
			t.Errorf("%s (-fixture +masked):\n%s\n%s", f.file, diff, masked)
		}
		if !bytes.Equal(masked, mask(masked)) && !bytes.Equal(parts2(masked), parts2(mask(masked))) {
			t.Errorf("%s: masked twice it has another form", f.file)
		}
	}
}

func parts2(body []byte) []byte { return []byte(strings.Join(parts(body), "\n")) }

// parts are the parts of a body, each once.
func parts(body []byte) []string {
	all := map[string]bool{}
	if !scan(body, func(path, outline []byte, _ int) { all[string(path)+" "+string(outline)] = true }) {
		return []string{notJSON}
	}
	return slices.Sorted(maps.Keys(all))
}
