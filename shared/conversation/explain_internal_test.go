package conversation

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// constants returns the values of the constants of a type in a file of this package.
func constants(t *testing.T, file, of string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == of {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, text)
		}

		return true
	})

	return values
}

// TestExplain says something of every state and of every reason, and different things of different ones.
func TestExplain(t *testing.T) {
	t.Parallel()
	states, whys := constants(t, "conversation.go", "State"), constants(t, "explain.go", "Why")
	if len(states) < 14 || len(whys) < 12 {
		t.Fatalf("found %q and %q", states, whys)
	}
	said := map[string]string{}
	for _, s := range states {
		sentence, advice := Action{State: State(s)}.Explain()
		if sentence == "" || advice == "" || said[sentence] != "" {
			t.Errorf("%s: got %q, %q, as %q", s, sentence, advice, said[sentence])
		}
		said[sentence] = s

		if name := State(s).Name(); name != stateNames[State(s)] || said[name] != "" {
			t.Errorf("%s: is called %q, as %q", s, name, said[name])
		}
		said[State(s).Name()] = s
	}
	for _, w := range whys {
		if sentence, advice := (Action{State: Overtaken, Why: Why(w)}).Explain(); sentence == "" || advice == "" {
			t.Errorf("%s: got %q, %q", w, sentence, advice)
		}
	}
}
