package checks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// constants returns the values of all constants of a string type in a package's files.
func constants(t *testing.T, name string, files ...string) []string {
	t.Helper()
	var all []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || spec.Type == nil {
				return true
			}
			of := ""
			switch typed := spec.Type.(type) {
			case *ast.Ident:
				of = typed.Name
			case *ast.SelectorExpr:
				of = typed.Sel.Name
			}
			text, isText := spec.Values[0].(*ast.BasicLit)
			if of == name && isText {
				value, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, value)
			}

			return true
		})
	}
	if len(all) == 0 {
		t.Fatalf("no constant of type %s was found", name)
	}

	return all
}

// sound reports what is wrong with words; empty if nothing is.
func sound(w Words) string {
	for _, text := range []string{w.Sentence, w.Advice} {
		switch {
		case text == "":
			return "is empty"
		case !strings.HasSuffix(text, "."):
			return "does not end: " + text
		case strings.ContainsAny(text, "_{}%"):
			return "has a word of the code: " + text
		case strings.Contains(text, "\n"), !unicode.IsUpper([]rune(text)[0]):
			return "is no sentence: " + text
		}
	}

	return ""
}

// TestWords walks every constant that a message may end with, wait for or be held by: each has a sentence, and says what to do.
func TestWords(t *testing.T) {
	t.Parallel()
	const messages, accounts = "../message/", "../account/"
	for name, tt := range map[string]struct {
		files []string
		words func(string) (Words, bool)
	}{
		"Reason":  {[]string{messages + "message.go", messages + "grounds.go"}, func(v string) (Words, bool) { w, ok := reasons[message.Reason(v)]; return w, ok }},
		"Cause":   {[]string{messages + "failure.go", accounts + "health.go"}, func(v string) (Words, bool) { w, ok := causes[message.Cause(v)]; return w, ok }},
		"Class":   {[]string{messages + "failure.go"}, func(v string) (Words, bool) { w, ok := classes[message.Class(v)]; return w, ok }},
		"Status":  {[]string{messages + "state.go"}, func(v string) (Words, bool) { w, ok := statuses[message.Status(v)]; return w, ok }},
		"Silence": {[]string{messages + "message.go"}, func(v string) (Words, bool) { w, ok := silences[message.Silence(v)]; return w, ok }},
	} {
		for _, value := range constants(t, name, tt.files...) {
			w, ok := tt.words(value)
			if !ok {
				t.Errorf("%s %q has no words", name, value)
			}
			if wrong := sound(w); wrong != "" {
				t.Errorf("%s %q %s", name, value, wrong)
			}
		}
	}
	for name, w := range notes {
		if wrong := sound(w); wrong != "" {
			t.Errorf("note %q %s", name, wrong)
		}
	}
}

// TestChecksOfTable has each check be the one that stops a message: it says so, and has words for it.
func TestChecksOfTable(t *testing.T) {
	t.Parallel()
	names := constants(t, "Name", "table.go")
	if len(names) != len(table) {
		t.Errorf("%d names, %d checks", len(names), len(table))
	}
	// stops are grounds that each check alone stops at.
	stops := map[Name][]message.Grounds{
		Event:       {{Refusal: message.EventOff}},
		Sender:      {{Refusal: message.NoSender}},
		Provider:    {{Refusal: message.UnsupportedByProvider}},
		Attempt:     {{Refusal: message.NoAttempt}},
		NumberKnown: {{NoNumber: message.NoPhone, Turn: true}, {NoNumber: message.NoPhone, Lacking: true}, {NoNumber: message.NoPhone, Lacking: true, Exhausted: true}},
		Content:     {{Unsayable: message.NothingToPay}, {Unsayable: message.UnsupportedByProvider, Lacking: true}},
		Number:      {{NoNumber: message.NoPhone}, {NoNumber: message.InvalidPhone, Turn: true}},
		Consent:     {{Unwanted: message.OptedOut}, {Unwanted: message.Unreachable, Exhausted: true}},
		News:        {{Overtaken: "delivered", OvertakenAt: 1}},
		Age:         {{Age: 2, Limit: 1}},
		QuietHours:  {{QuietUntil: 1}, {QuietUntil: 1, NoNumber: message.NoPhone, Lacking: true}, {QuietUntil: 1, Overspent: true, App: message.CauseBalance, Exhausted: true}},
		Spending:    {{Overspent: true}, {Overspent: true, App: message.CauseBalance, Exhausted: true}},
		App:         {{App: message.CauseBalance}, {App: message.CauseBalance, Exhausted: true}},
		Template:    {{Template: "template"}},
		Place:       {{Turn: true}, {Turn: true, Exhausted: true}},
		Answers:     {{Vain: true, Unread: true}},
		Copy:        {{Unread: true}, {Unread: true, Exhausted: true}},
		Order:       {{Lacking: true}},
		Tries:       {{Exhausted: true}},
		Told:        {{Told: true}},
		Turn:        {{InFlight: true}},
		Rate:        {{NoToken: true}},
		Request:     {{Unbuilt: message.Unbuildable}},
	}
	for i, c := range table {
		if string(c.name) != names[i] || !strings.HasSuffix(c.question, "?") {
			t.Errorf("check %d is %q with the question %q, want %q", i, c.name, c.question, names[i])
		}
		if len(stops[c.name]) == 0 {
			t.Errorf("no grounds stop at %s", c.name)
		}
		for _, g := range stops[c.name] {
			g.At = 1
			v := Decide(Facts{Grounds: g})
			if v.Check != c.name || v.Outcome == Passed || (v.Outcome == Failed || c.name == QuietHours) != (v.Reason != "") {
				t.Errorf("%+v: got %+v, want a stop at %s", g, v, c.name)
			}
			for n, got := range all(Facts{Grounds: g}) {
				want := Passed
				switch {
				case n == i:
					want = v.Outcome
				case n > i:
					want = NotAsked
				}
				if got.Outcome != want || (want != NotAsked) != (got.Value != "") {
					t.Errorf("%+v: check %s is %s with the value %q, want %s", g, got.Name, got.Outcome, got.Value, want)
				}
			}
			w := wordsOfWait(c.name, Facts{Grounds: g})
			if v.Outcome == Failed {
				w = reasons[v.Reason]
			}
			if wrong := sound(w); wrong != "" {
				t.Errorf("%s of %s: %s", v.Outcome, c.name, wrong)
			}
		}
	}
	if v := Decide(Facts{}); v != (Verdict{Outcome: Passed}) {
		t.Errorf("nothing in the way: got %+v", v)
	}
}
