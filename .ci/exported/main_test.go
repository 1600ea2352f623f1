package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestUnused(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "module"))
	found, err := unused("example.test/m", "stage")
	if err != nil {
		t.Fatal(err)
	}

	var got []string
	for name := range found {
		got = append(got, name)
	}
	slices.Sort(got)
	want := []string{"lib.ErrNever", "lib.OfTests", "lib.Own", "lib.Part.Extra", "lib.Tested", "lib.Three", "lib.Up"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if place := found["lib.Own"].place; !strings.HasPrefix(place, "lib/lib.go:") {
		t.Errorf("got place %q, want one in lib/lib.go", place)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	found := map[string]finding{"a.New": {place: "a.go:1", why: "is new"}, "a.Kept": {place: "a.go:2", why: "is kept"}}
	got := compare(found, map[string]bool{"a.Kept": true, "a.Gone": true})
	want := []string{"a.Gone is listed as kept, but is used or gone: remove the entry", "a.go:1: a.New is new"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       int
		wantErr    bool
	}{
		{"names", "# why\n\na.B somebody will call it\na.C so will others\n", 2, false},
		{"without_a_reason", "a.B\n", 0, true},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "keep.txt")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readKept(file)
			if len(got) != tc.want || (err != nil) != tc.wantErr {
				t.Errorf("got %v, %v, want %d names, error %v", got, err, tc.want, tc.wantErr)
			}
		})
	}
}

func TestReadDead(t *testing.T) {
	t.Parallel()
	got, err := readDead("example.test/m", strings.NewReader("example.test/m/a.F\ta.go:3:4\n"))
	if err != nil || got["a.F"].place != "a.go:3:4" {
		t.Errorf("got %v, %v, want a.F at a.go:3:4", got, err)
	}
	if _, err := readDead("example.test/m", strings.NewReader("deadcode: broken\n")); err == nil {
		t.Error("a line that is none of deadcode's is accepted")
	}
}
