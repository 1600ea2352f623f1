package message

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

var testKey = []byte("MARKER-0123456789abcdef")

func sealer(tb testing.TB, key []byte) Sealer {
	tb.Helper()
	s, err := NewSealer(key)
	if err != nil {
		tb.Fatalf("NewSealer: %v", err)
	}
	return s
}

func TestNewSealer(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 15} {
		if _, err := NewSealer(make([]byte, n)); err == nil {
			t.Errorf("NewSealer of %d bytes: no error, want one", n)
		}
	}
	key := []byte("0123456789abcdef")
	s := sealer(t, key)
	before := s.Seal("app-1", Ref{"m1", 1})
	key[0] = 'x'
	if after := s.Seal("app-1", Ref{"m1", 1}); after != before {
		t.Error("the seal follows the caller's slice, want a key of its own")
	}
}

// Frozen: references that are under way when the spelling changes would come back as foreign.
func TestSealGolden(t *testing.T) {
	t.Parallel()
	want := "5f0c.2.d185b76c1bba39e3"
	if got := sealer(t, testKey).Seal("app-1", Ref{"5f0c", 2}); got != want {
		t.Errorf("Seal = %s, want %s", got, want)
	}
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	s := sealer(t, testKey)
	for _, r := range []Ref{{"m1", 1}, {"5f0c9e0fd0c1a2b3", 2}, {"m", 1 << 30}} {
		text := s.Seal("app-1", r)
		got, err := s.Open("app-1", text)
		if err != nil || got != r {
			t.Errorf("Open(%s) = %+v, %v, want %+v", text, got, err, r)
		}
		if len(text) > 255 {
			t.Errorf("%d characters, want at most the 255 that providers echo", len(text))
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	s := sealer(t, testKey)
	good := s.Seal("app-1", Ref{"m1", 1})
	seal := good[strings.LastIndexByte(good, '.')+1:]
	tests := []struct {
		name, app, text string
		by              Sealer
	}{
		{"other_app", "app-2", good, s},
		{"no_app", "", good, s},
		{"other_key", "app-1", good, sealer(t, []byte("another key of some length"))},
		{"changed_attempt", "app-1", "m1.2." + seal, s},
		{"changed_message", "app-1", "m2.1." + seal, s},
		{"respelled_attempt", "app-1", "m1.01." + seal, s},
		{"upper_case_seal", "app-1", "m1.1." + strings.ToUpper(seal), s},
		{"short_seal", "app-1", good[:len(good)-1], s},
		{"long_seal", "app-1", good + "0", s},
		{"no_seal", "app-1", "m1.1.", s},
		{"only_seal", "app-1", "." + seal, s},
		{"space_before", "app-1", " " + good, s},
		{"space_after", "app-1", good + " ", s},
		{"empty", "app-1", "", s},
		{"garbage", "app-1", "hello", s},
		{"dots", "app-1", "...", s},
		{"long_garbage", "app-1", strings.Repeat("a.", 10000), s},
		{"not_utf8", "app-1", "\xff\xfe.1.\xff", s},
		// Sealed by us all the same, and no reference.
		{"attempt_0", "app-1", s.Seal("app-1", Ref{"m1", 0}), s},
		{"attempt_below_0", "app-1", s.Seal("app-1", Ref{"m1", -1}), s},
		{"id_with_a_dot", "app-1", s.Seal("app-1", Ref{"m.1", 1}), s},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.by.Open(tt.app, tt.text)
			if !errors.Is(err, ErrBadRef) || got != (Ref{}) {
				t.Errorf("Open = %+v, %v, want none and ErrBadRef", got, err)
			}
			if err != nil && len(tt.text) > 3 && strings.Contains(err.Error(), tt.text) {
				t.Errorf("the error repeats the input: %v", err)
			}
		})
	}
}

// Neither by itself nor inside of what holds it, where the formatter cannot call its methods.
func TestSealerHidesItsKey(t *testing.T) {
	t.Parallel()
	s := sealer(t, testKey)
	type holder struct {
		private Sealer
		Public  Sealer
	}
	h := holder{s, s}
	var said strings.Builder
	for _, v := range []any{s, &s, h, &h, []Sealer{s}, map[string]Sealer{"s": s}, struct{ s *Sealer }{&s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&said, verb+"\n", v)
		}
		body, err := json.Marshal(v)
		if err != nil {
			t.Errorf("Marshal: %v", err)
		}
		said.Write(body)
		slog.New(slog.NewJSONHandler(&said, nil)).InfoContext(t.Context(), "sealer", "value", v)
		slog.New(slog.NewTextHandler(&said, nil)).InfoContext(t.Context(), "sealer", "value", v)
	}
	decimal := strings.Trim(fmt.Sprintf("%d", testKey[:6]), "[]")
	goSyntax := strings.TrimSuffix(fmt.Sprintf("%#v", testKey[:6]), "}")[len("[]byte{"):]
	for _, marker := range []string{"MARKER", hex.EncodeToString(testKey[:6]), strings.ToUpper(hex.EncodeToString(testKey[:6])), decimal, goSyntax, "TUFSS0VS"} {
		if i := strings.Index(said.String(), marker); i >= 0 {
			t.Errorf("the key is printed: …%s…", said.String()[max(0, i-40):min(said.Len(), i+40)])
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := sealer(f, testKey)
	for _, text := range []string{s.Seal("app-1", Ref{"m1", 1}), s.Seal("app-1", Ref{"", 1}), "m1.1.0123456789abcdef", "", ".", "a.b.c.d", "m1.+1.x", "\x00.1."} {
		f.Add("app-1", text)
	}
	f.Fuzz(func(t *testing.T, app, text string) {
		r, err := s.Open(app, text)
		if err != nil {
			if !errors.Is(err, ErrBadRef) || r != (Ref{}) {
				t.Errorf("Open = %+v, %v, want none and ErrBadRef", r, err)
			}
			return
		}
		if again := s.Seal(app, r); again != text {
			t.Errorf("Open(%q) = %+v, which seals as %q", text, r, again)
		}
		if _, err := s.Open(app+"x", text); err == nil {
			t.Errorf("%q opens at another app", text)
		}
	})
}
