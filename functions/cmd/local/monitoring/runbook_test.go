package monitoring_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the runbook's tables of alerts and metrics")

const runbook = root + "/terraform/RUNBOOK.md"

// The heads of the runbook's tables.
const (
	headOfAlerts  = "| alert | section | opens | look | closes after |\n|---|---|---|---|---|\n"
	headOfMetrics = "| metric | counts | by |\n|---|---|---|\n"
)

// soon says how soon somebody has to look at an alert of a severity.
var soon = map[string]string{"CRITICAL": "now", "ERROR": "today", "WARNING": "within days"}

// TestRunbookHasEveryAlertAndMetric holds that the tables of the runbook are those of the module.
func TestRunbookHasEveryAlertAndMetric(t *testing.T) {
	t.Parallel()

	var ofAlerts, ofMetrics strings.Builder

	for _, n := range slices.Sorted(maps.Keys(alerts(t))) {
		a := alerts(t)[n]
		fmt.Fprintf(&ofAlerts, "| `%s` | [%s](#%s) | %s | %s | %s |\n", n, a.Title, anchor(a.Title), a.Text, soon[a.Severity], inWords(t, a.Closes))
	}

	for _, n := range slices.Sorted(maps.Keys(metrics(t))) {
		m := metrics(t)[n]

		counts := m.Counts
		if m.Unit != "" {
			counts += ": a distribution"
		}
		if m.Unit == "ms" {
			counts += ", in milliseconds"
		}

		fmt.Fprintf(&ofMetrics, "| `%s` | %s | `%s` |\n", n, counts, strings.Join(slices.Sorted(maps.Keys(m.Labels)), "`, `"))
	}

	text := runbookText(t)
	for head, want := range map[string]string{headOfAlerts: ofAlerts.String(), headOfMetrics: ofMetrics.String()} {
		before, rest, found := strings.Cut(text, head)
		if !found {
			t.Fatalf("the runbook has no table %q", head)
		}

		got, after, _ := strings.Cut(rest, "\n\n")
		if diff := cmp.Diff(want, got+"\n"); diff != "" && !*update {
			t.Errorf("the table is not the module's; -update writes it (-want +got):\n%s", diff)
		}

		text = before + head + want + "\n" + after
	}

	if *update {
		if err := os.WriteFile(runbook, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEachAlertHasItsSection holds that the section of each alert says what the alert means, where to look first and how it is mended, and
// names the line that opens it.
func TestEachAlertHasItsSection(t *testing.T) {
	t.Parallel()

	text := runbookText(t)
	quoted := regexp.MustCompile(`jsonPayload\.message="([^"]*)"`)

	for n, a := range alerts(t) {
		_, section, found := strings.Cut(text, "\n### "+a.Title+"\n")
		if !found {
			t.Errorf("the runbook has no section of %s, %q", n, a.Title)
			continue
		}

		section, _, _ = strings.Cut(section, "\n## ")
		section, _, _ = strings.Cut(section, "\n### ")

		rest := "\n" + section
		for _, part := range []string{"Means", "First look", "Fix"} {
			_, after, found := strings.Cut(rest, "\n\n**"+part+"** ")
			if words := len(strings.Fields(after)); !found || words < 5 {
				t.Errorf("the section of %s has no paragraph that begins with **%s**, in this order", n, part)
			}

			rest = after
		}

		// A line that an alert leaves out has an alert of its own.
		if m := quoted.FindStringSubmatch(a.Filter); m != nil && !strings.Contains(a.Filter, "NOT "+m[0]) && !strings.Contains(strings.Join(strings.Fields(section), " "), m[1]) {
			t.Errorf("the section of %s does not name the line %q", n, m[1])
		}
	}
}

// TestRunbookKnowsEveryWarning holds that the runbook has every line of severity WARNING or more.
func TestRunbookKnowsEveryWarning(t *testing.T) {
	t.Parallel()

	text, found := strings.Join(strings.Fields(runbookText(t)), " "), 0

	for _, dir := range []string{"shared", "functions"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && slices.Contains([]string{"cmd", "local", "testkit", "testdata"}, d.Name()) {
				return filepath.SkipDir
			}
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return nil
			}

			for _, words := range warningsOf(t, path) {
				found++

				if !strings.Contains(text, "`"+words+"`") {
					t.Errorf("the runbook does not know the line %q of %s", words, path)
				}
			}

			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	if found < 25 {
		t.Errorf("found %d lines, want 25 or more", found)
	}
}

// warningsOf returns the messages that a file logs with severity WARNING or more, as far as they stand where they are logged: of lines that an
// alert waits for, which are constants, another test holds that the runbook has them.
func warningsOf(t *testing.T, path string) []string {
	t.Helper()

	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	var all []string

	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}

		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"WarnContext", "ErrorContext", "LogAttrs"}, method.Sel.Name) {
			return true
		}

		at := 1
		if method.Sel.Name == "LogAttrs" {
			level, is := call.Args[1].(*ast.SelectorExpr)
			if !is || level.Sel.Name != "LevelWarn" && level.Sel.Name != "LevelError" {
				return true
			}

			at = 2
		}

		if lit, is := call.Args[at].(*ast.BasicLit); is && lit.Kind == token.STRING {
			words, _ := strconv.Unquote(lit.Value)
			all = append(all, words)
		}

		return true
	})

	return all
}

// runbookText returns the runbook's text.
func runbookText(t *testing.T) string {
	t.Helper()

	text, err := os.ReadFile(runbook)
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

// anchor is the name that a heading has in links.
func anchor(title string) string {
	return regexp.MustCompile(`[^a-z0-9-]`).ReplaceAllString(strings.ReplaceAll(strings.ToLower(title), " ", "-"), "")
}

// inWords returns a time in seconds as people write it.
func inWords(t *testing.T, seconds string) string {
	t.Helper()

	d, err := time.ParseDuration(seconds)
	if err != nil {
		t.Fatal(err)
	}

	const day = 24 * time.Hour

	switch {
	case d == day:
		return "a day"
	case d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	default:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
}
