package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// quoted is a name in backquotes.
var quoted = regexp.MustCompile("`([^`]+)`")

// TestRunbookKnowsEveryWord compares the words of the runbook's tables with those that the code writes to log and send log.
func TestRunbookKnowsEveryWord(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		heading string
		want    []string
	}{
		{"## Results of an event", eventResults(t)},
		{"## Results of a callback", callbackResults(t)},
		{"### Reasons", constants(t, "shared/message/message.go", "Reason")},
		{"### Held", holds(t)},
	} {
		got := firstCells(t, "terraform/RUNBOOK.md", tc.heading)
		slices.Sort(tc.want)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s of terraform/RUNBOOK.md (-want +got):\n%s", tc.heading, diff)
		}
	}
}

// eventResults are the results of an event, callbackResults those of a callback: the code declares them in two groups.
func eventResults(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(constants(t, "shared/outcome/report.go", "Result"), func(r string) bool {
		return slices.Contains([]string{"applied", "parked", "foreign", "stored", "ignored", "heartbeat"}, r)
	})
}

func callbackResults(t *testing.T) []string {
	t.Helper()
	both := []string{"duplicate", "unreadable"}
	return append(slices.DeleteFunc(constants(t, "shared/outcome/report.go", "Result"), func(r string) bool {
		return slices.Contains(eventResults(t), r)
	}), both...)
}

// holds are the causes for which an app or a template is held. The others are of one message.
func holds(t *testing.T) []string {
	t.Helper()
	return append(slices.DeleteFunc(constants(t, "shared/message/failure.go", "Cause"), func(c string) bool {
		return c == "not_on_whatsapp" || c == "other_category" || c == "unlisted"
	}), string(account.TemplateHeld), string(account.CategoryHeld))
}

// labRoutes returns the paths under /local and /lab that the lab serves, as its code names them.
func labRoutes(t *testing.T) []string {
	t.Helper()
	served := map[string]bool{}
	ast.Inspect(parse(t, "functions/cmd/local/lab/lab.go"), func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if path := strings.Trim(lit.Value, `"`); strings.HasPrefix(path, "/local/") {
				served[path] = true
			}
		}
		return true
	})
	if len(served) < 8 {
		t.Fatalf("got the routes %v of lab.go, want eight or more", served)
	}
	ast.Inspect(parse(t, "functions/cmd/local/lab/pages/pages.go"), func(n ast.Node) bool {
		of, ok := n.(*ast.CompositeLit)
		if !ok || of.Type != nil || len(of.Elts) != 3 { // a route has a method, a path and what it does
			return true
		}
		if lit, isText := of.Elts[1].(*ast.BasicLit); isText && !strings.HasSuffix(lit.Value, `/stream"`) {
			served["/lab"+strings.Trim(lit.Value, `"`)] = true
		}
		return true
	})
	if !served["/lab/orders/{orderId}/do"] || !served["/lab"] {
		t.Fatalf("got the routes %v of the lab's pages", served)
	}
	return slices.Sorted(maps.Keys(served))
}

// TestLocalReadmeKnowsEveryRoute compares the table of the local run's README with the routes that the lab serves.
func TestLocalReadmeKnowsEveryRoute(t *testing.T) {
	t.Parallel()
	text := read(t, "functions/cmd/local/README.md")
	for _, r := range labRoutes(t) {
		if strings.HasPrefix(r, "/lab") {
			r = "`" + r
		}
		if !strings.Contains(text, r+"`") && !strings.Contains(text, r+"?") {
			t.Errorf("functions/cmd/local/README.md does not name %s", r)
		}
	}
}

// TestLinksOfTheDocuments follows every link from one of our documents to a file or a heading of the repository.
func TestLinksOfTheDocuments(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	followed := 0
	for _, doc := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, doc), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			followed++
			path, anchor, _ := strings.Cut(m[1], "#")
			target := doc
			if path != "" {
				target = filepath.Join(filepath.Dir(doc), path)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
				t.Errorf("%s links to %s, and there is no such heading", doc, m[1])
			}
		}
	}
	if followed < 20 {
		t.Errorf("followed %d links, want twenty or more", followed)
	}
}

// TestSecurityModelNamesEverything holds that the security model says of each function who may call it, and of each secret that a function
// reads what can be done with it and how it is replaced.
func TestSecurityModelNamesEverything(t *testing.T) {
	t.Parallel()
	var deployed struct {
		Functions map[string]struct {
			Variables map[string]struct {
				Default string `json:"default"`
				Secret  bool   `json:"secret"`
			} `json:"variables"`
		} `json:"functions"`
	}
	if err := json.Unmarshal([]byte(read(t, "terraform/functions.json")), &deployed); err != nil {
		t.Fatal(err)
	}

	_, section, _ := strings.Cut(read(t, "terraform/README.md"), "\n## Security model\n")
	section, _, _ = strings.Cut(section, "\n## ")
	callers, secrets, _ := strings.Cut(section, "What each secret is good for")
	found := map[string]bool{}
	for name, f := range deployed.Functions {
		if !regexp.MustCompile(`(?m)^\|[^|]*\b` + name + `\b`).MatchString(callers) {
			t.Errorf("the security model of terraform/README.md does not say who may call %s", name)
		}
		for variable, v := range f.Variables {
			if strings.HasSuffix(variable, "_SECRET") {
				found[v.Default] = true
			}
			if v.Secret {
				found[strings.ReplaceAll(strings.ToLower(variable), "_", "-")] = true
			}
		}
	}
	for name := range found {
		if !strings.Contains(secrets, "`"+name+"`") {
			t.Errorf("the security model of terraform/README.md does not say what the secret %s is good for", name)
		}
	}
	if len(found) < 5 {
		t.Errorf("got the secrets %v, want the three keys and what Terraform is given", found)
	}
}

// documents are the paths of all our Markdown files, from the repository's root.
func documents(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(sourcesOf(t), func(file string) bool { return filepath.Ext(file) != ".md" })
}

// anchors are the names that a page's headings have in links.
func anchors(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
				return r
			case r == ' ':
				return '-'
			default:
				return -1
			}
		}, strings.ToLower(strings.TrimSpace(heading)))
		names = append(names, name)
	}
	return names
}

// firstCells are the names in the first cells of the table below a heading, sorted.
func firstCells(t *testing.T, doc, heading string) []string {
	t.Helper()
	_, section, found := strings.Cut(read(t, doc), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %q", doc, heading)
	}
	var names []string
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "#") {
			break
		}
		if cells := strings.Split(line, " | "); len(cells) > 1 {
			for _, m := range quoted.FindAllStringSubmatch(cells[0], -1) {
				names = append(names, m[1])
			}
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "result" || n == "reason" })
	slices.Sort(names)
	return names
}

// constants are the values of a file's constants of a type.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	var values []string
	ast.Inspect(parse(t, file), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typeName {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
		return true
	})
	if len(values) < 5 {
		t.Fatalf("%s has %d constants of %s, want five or more", file, len(values), typeName)
	}
	return values
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func read(t *testing.T, doc string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, doc))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
